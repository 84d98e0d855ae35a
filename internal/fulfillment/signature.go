package fulfillment

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SignatureHeader carries the signature of a request, of ours or to us:
// "t=1772452800,v1=…".
const SignatureHeader = "Provost-Signature"

// tolerance is how old a signature may be, and how far ahead: clocks differ,
// and what was overheard is not to be of use for long.
const tolerance = 5 * time.Minute

// Secrets are shared with an outside system. The first signs alone unless there
// are several, as while one is being replaced: then each signs, and any is
// believed.
type Secrets [][]byte

// Sign gives what [SignatureHeader] says of a request about a change.
func (s Secrets) Sign(at time.Time, change string, body []byte) string {
	signed := "t=" + strconv.FormatInt(at.Unix(), 10)
	for _, secret := range s {
		signed += ",v1=" + hex.EncodeToString(mac(secret, at.Unix(), change, body))
	}
	return signed
}

// Verify says why a signature is not to be believed.
func (s Secrets) Verify(signature string, now time.Time, change string, body []byte) error {
	var at int64
	var given [][]byte
	for part := range strings.SplitSeq(signature, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			var err error
			if at, err = strconv.ParseInt(value, 10, 64); err != nil {
				return fmt.Errorf("t=%s is no number of seconds since 1970", value)
			}
		case "v1":
			if sum, err := hex.DecodeString(value); err == nil && len(given) < 10 {
				given = append(given, sum)
			}
		}
	}
	if at == 0 || len(given) == 0 {
		return fmt.Errorf("%s is to be t=SECONDS,v1=HEX", SignatureHeader)
	}
	matches := false
	for _, secret := range s {
		for _, sum := range given {
			matches = hmac.Equal(sum, mac(secret, at, change, body)) || matches
		}
	}
	if !matches {
		return fmt.Errorf("no v1 is the HMAC-SHA256 of t, a dot, the change's id, a dot and the body, with the secret")
	}
	if age := now.Sub(time.Unix(at, 0)); age > tolerance || age < -tolerance {
		return fmt.Errorf("t is %s away from the time here, and may be %s", age.Abs().Round(time.Second), tolerance)
	}
	return nil
}

// mac binds the body to the change and to the time.
func mac(secret []byte, at int64, change string, body []byte) []byte {
	sum := hmac.New(sha256.New, secret)
	fmt.Fprintf(sum, "%d.%s.", at, strings.ToLower(change))
	sum.Write(body)
	return sum.Sum(nil)
}
