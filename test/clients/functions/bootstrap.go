// A Lambda Runtime API client and function on Go's standard library, which speaks as Go programs do: responses in chunks
// with trailers announced, errors with their cause in a header, a panic told before the process ends with 1.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

const (
	errorType = "Lambda-Runtime-Function-Error-Type"
	errorBody = "Lambda-Runtime-Function-Error-Body"
)

type event struct {
	Does  string          `json:"does"`
	Value json.RawMessage `json:"value"`
}

type failure struct {
	Message string   `json:"errorMessage"`
	Type    string   `json:"errorType"`
	Stack   []string `json:"stackTrace,omitempty"`
}

type outOfRange struct{ message string }

func (e *outOfRange) Error() string { return e.message }

// Fails once it has been read from.
type broken struct{ begun bool }

func (b *broken) Read(to []byte) (int, error) {
	if b.begun {
		return 0, &outOfRange{"half way"}
	}
	b.begun = true
	return copy(to, `{"half":`), nil
}

// Does as the event says, as test/worker/functions/index.mjs does in JavaScript.
func act(e event) (io.Reader, error) {
	var value int
	if e.Value != nil {
		_ = json.Unmarshal(e.Value, &value)
	}
	switch e.Does {
	case "throw":
		return nil, &outOfRange{"out of range"}
	case "throw-big":
		return nil, &outOfRange{strings.Repeat("ü", value)}
	case "panic":
		panic(&outOfRange{"on purpose"})
	case "exit":
		os.Exit(value)
	case "killed":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "wait":
		time.Sleep(time.Duration(value) * time.Millisecond)
	case "big":
		return strings.NewReader(`"` + strings.Repeat("x", value) + `"`), nil
	case "break":
		return &broken{}, nil
	case "not-json":
		return strings.NewReader("hello, world"), nil
	}
	answer, err := json.Marshal(map[string]any{"did": e.Does, "value": e.Value})
	return strings.NewReader(string(answer)), err
}

// Puts what fails while a body is being read into the trailers of its request.
type told struct {
	body     io.Reader
	trailers http.Header
}

func (t told) Read(to []byte) (int, error) {
	n, err := t.body.Read(to)
	if err == nil || err == io.EOF {
		return n, err
	}
	failed := failureOf(err)
	text, _ := json.Marshal(failed)
	t.trailers.Set(errorType, failed.Type)
	t.trailers.Set(errorBody, base64.StdEncoding.EncodeToString(text))
	return n, io.EOF
}

func failureOf(cause any) failure {
	kind := reflect.TypeOf(cause)
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	return failure{Message: fmt.Sprint(cause), Type: kind.Name()}
}

type runtimeAPI struct{ address string }

func (r runtimeAPI) call(request *http.Request) (*http.Response, []byte) {
	response, err := http.DefaultClient.Do(request)
	end(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	end(err)
	return response, body
}

func (r runtimeAPI) post(path string, body io.Reader, headers http.Header) {
	trailers := http.Header{errorType: nil, errorBody: nil}
	request, err := http.NewRequest("POST", r.address+path, told{body, trailers})
	end(err)
	request.Header = headers
	request.Trailer = trailers
	response, answer := r.call(request)
	if response.StatusCode != http.StatusAccepted {
		end(fmt.Errorf("%s answered %d: %s", path, response.StatusCode, answer))
	}
}

// Asks for a SIGTERM before the end, as on Lambda: by an extension that wants no events.
func (r runtimeAPI) askForSigterm() {
	request, err := http.NewRequest("POST", r.address+"/2020-01-01/extension/register", strings.NewReader(`{"events":null}`))
	end(err)
	request.Header.Set("Lambda-Extension-Name", "sigterm")
	response, answer := r.call(request)
	identifier := response.Header.Get("Lambda-Extension-Identifier")
	if response.StatusCode != http.StatusOK || identifier == "" {
		end(fmt.Errorf("can't register: %d %s", response.StatusCode, answer))
	}
	events, err := http.NewRequest("GET", r.address+"/2020-01-01/extension/event/next", nil)
	end(err)
	events.Header.Set("Lambda-Extension-Identifier", identifier)
	go func() {
		response, answer := r.call(events)
		end(fmt.Errorf("an event that nobody asked for: %d %s", response.StatusCode, answer))
	}()
}

func (r runtimeAPI) serveOne() {
	request, err := http.NewRequest("GET", r.address+"/2018-06-01/runtime/invocation/next", nil)
	end(err)
	response, text := r.call(request)
	if response.StatusCode != http.StatusOK {
		end(fmt.Errorf("/next answered %d: %s", response.StatusCode, text))
	}
	invocation := "/2018-06-01/runtime/invocation/" + response.Header.Get("Lambda-Runtime-Aws-Request-Id")
	fail := func(failed failure) {
		text, _ := json.Marshal(failed)
		headers := http.Header{"Content-Type": {"application/json"}}
		headers.Set("Lambda-Runtime-Function-Xray-Error-Cause", string(text))
		r.post(invocation+"/error", strings.NewReader(string(text)), headers)
	}
	defer func() {
		if cause := recover(); cause != nil {
			failed := failureOf(cause)
			failed.Stack = strings.Split(string(debug.Stack()), "\n")
			fail(failed)
			end(fmt.Errorf("panic: %v", cause))
		}
	}()
	var asked event
	end(json.Unmarshal(text, &asked))
	answer, err := act(asked)
	if err != nil {
		fail(failureOf(err))
		return
	}
	r.post(invocation+"/response", answer, http.Header{"Content-Type": {"application/octet-stream"}})
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	runtime := runtimeAPI{"http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API")}
	switch os.Args[1] {
	case "broken":
		panic("at init")
	case "sigterm":
		runtime.askForSigterm()
	}
	for {
		runtime.serveOne()
	}
}
