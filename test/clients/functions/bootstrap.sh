#!/usr/bin/env bash
# A Lambda Runtime API client of bash and curl, as AWS's tutorial of custom runtimes has it; the handler is a function.
# https://docs.aws.amazon.com/lambda/latest/dg/runtimes-walkthrough.html
runtime="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
if [ "$1" = broken ]; then
  curl -sS -o /dev/null "$runtime/init/error" -H "Lambda-Runtime-Function-Error-Type: Init.Broken" \
    -d '{"errorType":"Init.Broken","errorMessage":"at init"}'
  exit 1
fi
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT
while true; do
  event=$(curl -sS -D "$headers" "$runtime/invocation/next") || exit 1
  while read -r name value; do
    [ "${name,,}" = lambda-runtime-aws-request-id: ] && id=${value%$'\r'}
  done <"$headers"
  case $event in
    *'"throw"'*) curl -sS -o /dev/null "$runtime/invocation/$id/error" -d '{"errorType":"Shell.Failed","errorMessage":"on purpose"}' ;;
    *'"no-type"'*) curl -sS -o /dev/null "$runtime/invocation/$id/error" -d 'something went wrong' ;;
    *'"exit"'*) exit 3 ;;
    # Opens a path, which a socket has not.
    *'"print"'*) echo "$id" >/dev/stderr && curl -sS -o /dev/null "$runtime/invocation/$id/response" -d "$event" || exit 1 ;;
    *'"not-json"'*) curl -sS -o /dev/null "$runtime/invocation/$id/response" -d 'hello, world' ;;
    *'"wait"'*) sleep 0.5 && curl -sS -o /dev/null "$runtime/invocation/$id/response" -d "$event" ;;
    *'"hang"'*) sleep 60 ;;
    *'"big"'*)
      # Above a megabyte curl asks for leave first (Expect: 100-continue).
      { printf '"'; head -c "${event//[^0-9]/}" /dev/zero | tr '\0' x; printf '"'; } |
        curl -sS -o /dev/null "$runtime/invocation/$id/response" --data-binary @-
      ;;
    *'"killed"'*) kill -9 $$ ;;
    *) curl -sS -o /dev/null "$runtime/invocation/$id/response" -d "$event" ;;
  esac
done
