"""A Lambda Runtime API client on Python's standard library: bootstrap of the Python function in these tests."""
import http.client
import importlib
import json
import os
import sys
import traceback

HOST, PORT = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
PREFIX = "/2018-06-01/runtime/"


def call(method, path, body=None, headers={}):
    connection = http.client.HTTPConnection(HOST, int(PORT))
    connection.request(method, PREFIX + path, body, headers)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response, text


def error_body(error, request_id=None):
    body = {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }
    if request_id is not None:
        body["requestId"] = request_id
    return json.dumps(body).encode()


def main():
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    module, name = sys.argv[1].rsplit(".", 1)
    try:
        handler = getattr(importlib.import_module(module), name)
    except Exception as error:
        kind = {ModuleNotFoundError: "Runtime.ImportModuleError", AttributeError: "Runtime.HandlerNotFound"}
        known = kind.get(type(error), "Runtime.UserCodeSyntaxError" if isinstance(error, SyntaxError) else None)
        body = json.loads(error_body(error))
        body["errorType"] = known or body["errorType"]
        call("POST", "init/error", json.dumps(body), {"Lambda-Runtime-Function-Error-Type": body["errorType"]})
        sys.exit(1)
    while True:
        response, event = call("GET", "invocation/next")
        if response.status != 200:
            sys.exit(1)
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        try:
            call("POST", f"invocation/{request_id}/response", json.dumps(handler(json.loads(event), None)))
        except Exception as error:
            call("POST", f"invocation/{request_id}/error", error_body(error, request_id))


main()
