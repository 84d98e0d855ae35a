package restapi_test

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"provost/api"
	"provost/internal/restapi"
)

// ids are those of a row's path; the contract names them {customer-id}.
var ids = regexp.MustCompile(`\{(\w+)\}`)

var contract = sync.OnceValues(func() (*openapi3.T, error) {
	openapi3filter.RegisterBodyDecoder("text/json", openapi3filter.JSONBodyDecoder)
	return openapi3.NewLoader().LoadFromData(api.OpenAPI)
})

// holdToContract validates an answer against api/openapi.yaml, where it has the
// path; a method that it has not is one of another's refusals.
func holdToContract(t *testing.T, request, answer message) {
	t.Helper()
	document, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(request.first)
	path, item := find(document, words[1])
	var operation *openapi3.Operation
	if item != nil {
		operation = cmp.Or(item.GetOperation(words[0]), item.Get, item.Post, item.Put)
	}
	if operation == nil {
		if answer.status() != http.StatusNotFound && answer.status() < 411 {
			t.Errorf("%s: %d, and the contract has no such path", request.first, answer.status())
		}
		return
	}
	header := http.Header{}
	for _, h := range answer.headers {
		header.Add(h[0], h[1])
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: httptest.NewRequest(http.MethodGet, "/", nil),
			Route:   &routers.Route{Spec: document, Path: path, PathItem: item, Method: http.MethodGet, Operation: operation},
		},
		Status: answer.status(), Header: header,
		Body:    io.NopCloser(bytes.NewReader(bytes.TrimPrefix(answer.body, []byte("\ufeff")))),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil && !strings.HasPrefix(words[0], "HEAD") {
		t.Errorf("%s: the answer breaks the contract: %v", request.first, err)
	}
}

// find is the contract's path for an address.
func find(document *openapi3.T, address string) (string, *openapi3.PathItem) {
	address, _, _ = strings.Cut(address, "?")
	given := strings.FieldsFunc(address, func(c rune) bool { return c == '/' })
	for path, item := range document.Paths.Map() {
		segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
		if len(segments) != len(given) {
			continue
		}
		same := strings.HasPrefix(path, "/v1/")
		for i, segment := range segments {
			same = same && (strings.HasPrefix(segment, "{") || strings.EqualFold(segment, given[i]))
		}
		if same {
			return path, item
		}
	}
	return "", nil
}

// Every row is in the contract under its handler's name, and the contract has
// no call that no row answers.
func TestTheContractHasTheRowsAndNoOthers(t *testing.T) {
	document, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	operations := map[string]bool{}
	for path, item := range document.Paths.Map() {
		if strings.HasPrefix(path, "/v1/") {
			for method, operation := range item.Operations() {
				operations[method+" "+operation.OperationID] = true
			}
		}
	}
	for _, rt := range rows() {
		key := rt.Method + " " + handlerName(rt)
		if !operations[key] {
			t.Errorf("the contract lacks %s", key)
		}
		delete(operations, key)
		named := ids.ReplaceAllString(rt.Path, "{$1-id}")
		if item := document.Paths.Value(named); item == nil || item.GetOperation(rt.Method) == nil || item.GetOperation(rt.Method).OperationID != handlerName(rt) {
			t.Errorf("the contract has %s elsewhere than at %s", key, named)
		}
	}
	for key := range operations {
		t.Errorf("no row answers the contract's %s", key)
	}
}

// The codes that a row can refuse with are those that the contract lists.
func TestTheContractListsEachRowsCodes(t *testing.T) {
	document, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	for _, rt := range rows() {
		named := ids.ReplaceAllString(rt.Path, "{$1-id}")
		operation := document.Paths.Value(named).GetOperation(rt.Method)
		for _, refusal := range append(rt.Refusals(), always()...) {
			response := operation.Responses.Status(refusal.StatusCode)
			if response == nil {
				t.Errorf("%s: the contract lacks %d", handlerName(rt), refusal.StatusCode)
				continue
			}
			codes, _ := response.Value.Extensions["x-codes"].([]any)
			listed := false
			for _, code := range codes {
				listed = listed || code == refusal.Code
			}
			if !listed {
				t.Errorf("%s: the contract's %d lists %v, not %s", handlerName(rt), refusal.StatusCode, codes, refusal.Code)
			}
		}
	}
}

func TestTheContractIsServedToProgramsAndPeople(t *testing.T) {
	for path, want := range map[string]string{
		"/openapi.json": `"openapi":"3.1.0"`,
		"/docs":         `id="getProvisioningStatus"`,
		"/":             `id="SubscriptionProvisioningStatus"`,
	} {
		w := httptest.NewRecorder()
		restapi.Contract().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, without %s", path, w.Code, want)
		}
		if external := strings.Contains(w.Body.String(), "<script") || strings.Contains(w.Body.String(), `src="http`); external {
			t.Errorf("%s loads something", path)
		}
	}
}
