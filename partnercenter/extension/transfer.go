package extension

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
)

// ImportPath is where the operator's door takes the lines of a world.
const ImportPath = WorldsPath + "/import"

// WorldImport is how far the import of a world has come.
//
// POST /operator/v1/worlds/import
type WorldImport struct {
	// World is the id of the world that is imported.
	World string `json:"world"`
	// Line is the last line that is there, Digest what the file is known by up to
	// it: the SHA-256, in hex, of the digest before a line and the line, and of
	// nothing before the first.
	Line   int64  `json:"line"`
	Digest string `json:"digest"`
	// Rows counts what is there by kind of line, Of what the file's first line
	// promises, if it does.
	Rows map[string]int64 `json:"rows"`
	Of   map[string]int64 `json:"of,omitempty"`
	// Done: the world is whole, and answers.
	Done bool `json:"done"`
}

// NextDigest is what a file is known by up to a line, from what it was known by
// before it.
func NextDigest(before string, line []byte) string {
	sum := sha256.New()
	sum.Write([]byte(before))
	sum.Write(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")))
	return hex.EncodeToString(sum.Sum(nil))
}
