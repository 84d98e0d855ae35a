package operator_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"provost/api"
	"provost/internal/operator"
	"provost/internal/pipe"
	"provost/partnercenter"
)

var contract = sync.OnceValues(func() (*openapi3.T, error) { return openapi3.NewLoader().LoadFromData(api.OpenAPI) })

func holdToContract(t *testing.T, method, path string, w *httptest.ResponseRecorder) {
	t.Helper()
	document, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	path, _, _ = strings.Cut(path, "?")
	given := strings.Split(path, "/")
	for template, item := range document.Paths.Map() {
		segments := strings.Split(template, "/")
		operation := item.GetOperation(method)
		if operation == nil || len(segments) != len(given) || slices.ContainsFunc(segments, func(s string) bool {
			i := slices.Index(segments, s)
			return !strings.HasPrefix(s, "{") && s != given[i]
		}) {
			continue
		}
		header := http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}} // which a server adds
		for name, values := range w.Header() {
			header.Set(name, values[0])
		}
		err := openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{
				Request: httptest.NewRequest(method, "/", nil),
				Route:   &routers.Route{Spec: document, Path: template, PathItem: item, Method: method, Operation: operation},
			},
			Status: w.Code, Header: header, Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
			Options: &openapi3filter.Options{IncludeResponseStatus: true},
		})
		if err != nil {
			t.Errorf("%s %s: the answer breaks the contract: %v", method, path, err)
		}
		return
	}
	t.Errorf("the contract has no %s %s", method, path)
}

var httpLine = regexp.MustCompile(`(?m)^\s*((?:GET|POST|PUT|PATCH|DELETE) /\S+)$`)

// Each handler's comment ends with its HTTP line, and the lines are the rows;
// the contract has them and no others, with each row's codes.
func TestRowsHandlersAndContractAgree(t *testing.T) {
	lines := map[string]string{}
	packages, err := parser.ParseDir(token.NewFileSet(), ".", nil, parser.ParseComments) //nolint:staticcheck // one folder, no build tags
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range packages["operator"].Files {
		for _, declaration := range file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv != nil {
				if line := httpLine.FindStringSubmatch(f.Doc.Text()); line != nil {
					lines[f.Name.Name] = line[1]
				}
			}
		}
	}
	document, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	operations := map[string]bool{}
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			if strings.HasPrefix(path, "/operator/") {
				operations[method+" "+path+" "+operation.OperationID] = true
			}
		}
	}
	for _, rt := range slices.Concat(operator.Rows(), operator.ManagementRows()) {
		name := runtime.FuncForPC(reflect.ValueOf(rt.Serve).Pointer()).Name()
		name = strings.TrimSuffix(name[strings.LastIndex(name, ".")+1:], "-fm")
		if want := rt.Method + " " + rt.Path; lines[name] != want {
			t.Errorf("%s says %q, its row %q", name, lines[name], want)
		}
		delete(lines, name)
		item := document.Paths.Value(rt.Path)
		if item == nil || item.GetOperation(rt.Method) == nil || item.GetOperation(rt.Method).OperationID != name {
			t.Errorf("the contract lacks %s %s as %s", rt.Method, rt.Path, name)
			continue
		}
		delete(operations, rt.Method+" "+rt.Path+" "+name)
		for _, refusal := range append(rt.Refusals(), pipe.Always()...) {
			if refusal == partnercenter.ErrNotAcceptable {
				continue // our own rows speak JSON, whatever is asked for
			}
			response := item.GetOperation(rt.Method).Responses.Status(refusal.StatusCode)
			if response == nil {
				t.Errorf("%s: the contract lacks %d", name, refusal.StatusCode)
				continue
			}
			codes, _ := response.Value.Extensions["x-codes"].([]any)
			if !slices.Contains(codes, any(refusal.Code)) {
				t.Errorf("%s: the contract's %d lists %v, not %s", name, refusal.StatusCode, codes, refusal.Code)
			}
		}
	}
	for name, line := range lines {
		t.Errorf("%s names %s, which is no row", name, line)
	}
	for operation := range operations {
		t.Errorf("no row answers the contract's %s", operation)
	}
}

// carries says whether the header is there once, under exactly this name.
func carries(h http.Header, name string) bool { return len(h[name]) == 1 }
