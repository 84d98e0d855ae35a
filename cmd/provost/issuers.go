package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/knadh/koanf/v2"

	"provost/internal/server"
)

// issuersKey is the one setting that no flag can hold.
const issuersKey = "issuers"

// issuerEntry is one of the issuers in a configuration file.
type issuerEntry struct {
	URL       string `json:"url"`
	Tenant    string `json:"tenant"`
	Tenants   texts  `json:"tenants"`
	Audiences texts  `json:"audiences"`
	Claims    struct {
		User  string `json:"user"`
		App   string `json:"app"`
		Scope string `json:"scope"`
	} `json:"claims"`
	MFA   map[string]texts           `json:"mfa"`
	Roles map[string]map[string]text `json:"roles"`
}

// readIssuers gives the issuers that the file describes.
func readIssuers(k *koanf.Koanf, path string) ([]server.Issuer, error) {
	if !k.Exists(issuersKey) {
		return nil, nil
	}
	list, ok := k.Get(issuersKey).([]any)
	if !ok {
		return nil, fmt.Errorf("%s: %s is a list, each of whose items begins with - url: and an address", path, issuersKey)
	}
	var issuers []server.Issuer
	for n, item := range list {
		issuer, err := readIssuer(item)
		if err != nil {
			return nil, fmt.Errorf("%s: %s, number %d: %w", path, issuersKey, n+1, err)
		}
		issuers = append(issuers, issuer)
	}
	return issuers, nil
}

func readIssuer(item any) (server.Issuer, error) {
	encoded, err := json.Marshal(item)
	if err != nil {
		return server.Issuer{}, fmt.Errorf("it cannot be read: %w", err)
	}
	var e issuerEntry
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		return server.Issuer{}, explainEntry(err)
	}
	if e.URL == "" {
		return server.Issuer{}, errors.New("it has no url")
	}
	issuer := server.Issuer{
		URL: e.URL, Tenant: e.Tenant, Tenants: e.Tenants, Audiences: e.Audiences,
		Claims: server.ClaimNames{User: e.Claims.User, App: e.Claims.App, Scope: e.Claims.Scope},
		MFA:    map[string][]string{}, Roles: map[string]map[string]string{},
	}
	for claim, values := range e.MFA {
		issuer.MFA[claim] = values
	}
	for claim, roles := range e.Roles {
		issuer.Roles[claim] = map[string]string{}
		for value, role := range roles {
			issuer.Roles[claim][value] = string(role)
		}
	}
	return issuer, nil
}

func explainEntry(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s is no %s", wrong.Field, wrong.Value)
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return fmt.Errorf("there is no setting %s; there are url, tenant, tenants, audiences, claims (user, app, scope), mfa and roles", name)
	}
	return err
}

// text is a word, a number or a truth value, as it is spelled.
type text string

// UnmarshalJSON reads a value that is not made of others.
func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	switch {
	case json.Unmarshal(raw, &s) == nil:
		*t = text(s)
	case raw[0] == '{' || raw[0] == '[':
		return fmt.Errorf("one value is wanted, not %s", raw)
	default:
		*t = text(raw)
	}
	return nil
}

// texts are one value or several.
type texts []string

// UnmarshalJSON reads one value or a list.
func (t *texts) UnmarshalJSON(raw []byte) error {
	many := []text{""}
	if raw[0] == '[' {
		if err := json.Unmarshal(raw, &many); err != nil {
			return err
		}
	} else if err := json.Unmarshal(raw, &many[0]); err != nil {
		return err
	}
	*t = make([]string, len(many))
	for i, one := range many {
		(*t)[i] = string(one)
	}
	return nil
}
