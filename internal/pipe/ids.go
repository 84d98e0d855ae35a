package pipe

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"

	"github.com/google/uuid"
)

// traceID is the caller's own id when it is up to 64 visible ASCII characters,
// else a new one: the documents' samples are not all GUIDs.
func traceID(given string) string {
	if given == "" || len(given) > 64 {
		return uuid.NewString()
	}
	for i := range len(given) {
		if given[i] <= ' ' || given[i] > '~' {
			return uuid.NewString()
		}
	}
	return given
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
	base := make([]byte, 12)
	_, _ = rand.Read(base) // never fails
	return base64.StdEncoding.EncodeToString(base) + ".0"
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
