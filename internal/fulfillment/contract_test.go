package fulfillment_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"provost/api"
)

// What is put to an outside system is what api/provisioner.yaml says, and so is
// what the tests have it answer.
func TestContractHoldsForWhatIsSaid(t *testing.T) {
	t.Parallel()
	document, err := openapi3.NewLoader().LoadFromData(api.Provisioner)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	schema := func(name string) *openapi3.Schema { return document.Components.Schemas[name].Value }
	holds := func(name string, text []byte) {
		t.Helper()
		var value any
		if err := json.Unmarshal(text, &value); err != nil {
			t.Fatal(err)
		}
		if err := schema(name).VisitJSON(value); err != nil {
			t.Errorf("%s is no %s: %v", text, name, err)
		}
	}
	for _, text := range []string{threeOfFive, allOfFive, allAtOnce} {
		holds("Progress", []byte(text))
	}
	w := newWarehouse(t, says(200, threeOfFive), says(404, ""), says(200, allOfFive))
	s := openShop(t, w.system(0))
	s.portions(s.buy(5), "3 fulfilled, 2 unfulfilled (no licences are left)")
	for end := time.Now().Add(10 * time.Second); len(w.asked()) < 3 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	puts := 0
	for _, c := range w.asked() {
		if c.method != "PUT" {
			continue
		}
		puts++
		holds("Change", c.body)
		var told map[string]any
		if err := json.Unmarshal(c.body, &told); err != nil {
			t.Fatal(err)
		}
		for member := range told {
			if schema("Change").Properties[member] == nil {
				t.Errorf("the contract does not tell of %s", member)
			}
		}
	}
	if puts != 2 {
		t.Errorf("%d changes were put", puts)
	}
}
