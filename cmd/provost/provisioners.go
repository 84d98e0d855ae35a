package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/knadh/koanf/v2"

	"provost/internal/server"
)

// provisionersKey is a setting that no flag can hold.
const provisionersKey = "provisioners"

// provisionerEntry is one of the provisioners in a configuration file.
type provisionerEntry struct {
	URL            string `json:"url"`
	SecretFile     string `json:"secret-file"`
	SecretVariable string `json:"secret-variable"`
	Tries          int    `json:"tries"`
}

// readProvisioners gives the provisioners that the file describes, by name.
func readProvisioners(k *koanf.Koanf, path string) ([]server.Provisioner, error) {
	entries := map[string]map[string]any{}
	for _, key := range k.Keys() {
		first, rest, nested := strings.Cut(key, whole)
		name, member, described := strings.Cut(rest, whole)
		switch {
		case first != provisionersKey:
			continue
		case !nested || !described:
			return nil, fmt.Errorf("%s: %s holds names, and below each of them its url and its secret-file", path, provisionersKey)
		case entries[name] == nil:
			entries[name] = map[string]any{}
		}
		entries[name][member] = k.Get(key)
	}
	var all []server.Provisioner
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		encoded, err := json.Marshal(entries[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %s cannot be read: %w", path, provisionersKey, name, err)
		}
		var e provisionerEntry
		decoder := json.NewDecoder(bytes.NewReader(encoded))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&e); err != nil {
			return nil, fmt.Errorf("%s: %s: %s: there are url, secret-file, secret-variable and tries: %w", path, provisionersKey, name, err)
		}
		all = append(all, server.Provisioner{Name: name, URL: e.URL, SecretFile: e.SecretFile, SecretVariable: e.SecretVariable, Tries: e.Tries})
	}
	return all, nil
}
