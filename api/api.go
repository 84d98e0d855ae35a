// Package api carries the contract: what Provost answers to every call, as an
// OpenAPI 3.1 document. It knows nothing of the code that keeps it.
package api

import _ "embed"

// OpenAPI is the contract, in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Provisioner is the contract of an outside system that carries changes out, in
// YAML.
//
//go:embed provisioner.yaml
var Provisioner []byte
