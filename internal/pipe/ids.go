package pipe

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"sync"

	"github.com/google/uuid"
)

// traceID is the caller's own id when it is up to 64 visible ASCII characters,
// else a new one: the documents' samples are not all GUIDs.
func traceID(given string) string {
	if given == "" || len(given) > 64 {
		return newID()
	}
	for i := range len(given) {
		if given[i] <= ' ' || given[i] > '~' {
			return newID()
		}
	}
	return given
}

// drawn are random bytes that need not be secret, since answers show them: the
// kernel is asked once for many.
type drawn struct {
	bytes [1 << 10]byte
	used  int
}

var random = sync.Pool{New: func() any { return &drawn{used: len(drawn{}.bytes)} }}

func randomly(into []byte) {
	d := random.Get().(*drawn)
	if d.used+len(into) > len(d.bytes) {
		_, _ = rand.Read(d.bytes[:]) // never fails
		d.used = 0
	}
	d.used += copy(into, d.bytes[d.used:])
	random.Put(d)
}

func newID() string {
	var id uuid.UUID
	randomly(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // version 4
	return id.String()
}

// A correlation vector is a base of 16 base64 characters and dotted counters,
// 63 characters at most.
const (
	vectorBase = 16
	vectorMax  = 63
)

// correlationVector extends the caller's vector, or starts one in the form that
// the documents print ("InswEQre402koceL.0").
func correlationVector(given string) string {
	if extendable(given) {
		return given + ".0"
	}
	var base [12]byte
	randomly(base[:])
	var made [vectorBase + len(".0")]byte
	base64.StdEncoding.Encode(made[:], base[:])
	copy(made[vectorBase:], ".0")
	return string(made[:])
}

func extendable(vector string) bool {
	base, counters, dotted := strings.Cut(vector, ".")
	if !dotted || len(base) != vectorBase || len(vector)+len(".0") > vectorMax {
		return false
	}
	if _, err := base64.StdEncoding.DecodeString(base); err != nil {
		return false
	}
	for counter := range strings.SplitSeq(counters, ".") {
		if counter == "" || strings.Trim(counter, "0123456789") != "" {
			return false
		}
	}
	return true
}

// newServerID is nine digits, as the documents print MS-ServerId.
func newServerID() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000_000))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return fmt.Sprintf("%09d", n)
}
