package recording

import (
	"encoding/json"
	"regexp"
	"strings"
)

// Scrubbed stands in a recording for what was taken out.
const Scrubbed = "scrubbed"

var (
	// pair is a member of a form or a query, also of an address within a text.
	pair = regexp.MustCompile(`((?:^|[?&]|&amp;)([\w.-]+)=)[^&\s"'<>\\]*`)
	// member and element are those of a JSON that broke off, and of XML.
	member  = regexp.MustCompile(`("([\w-]+)"\s*:\s*")(?:[^"\\]|\\.)*("?)`)
	element = regexp.MustCompile(`(<(?:\w+:)?([\w.-]+)(?:\s[^<>]*)?>)[^<]*(</)`)
	// bearer is what stands in the header Authorization, wherever it is repeated.
	bearer = regexp.MustCompile(`(?i)\b(bearer|basic) +[\w.~+/-]{8,}=*`)
	// signed is a token, also an encrypted one; operatorKey is Provost's.
	signed      = regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]*\.[\w-]*(?:\.[\w-]*){0,2}`)
	operatorKey = regexp.MustCompile(`provost_op_\w+`)
)

// isSecret tells by a name whether what it names is nobody's business.
func isSecret(name string) bool {
	name = strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))
	for _, end := range []string{"password", "secret", "assertion", "apikey", "privatekey", "subscriptionkey", "connectionstring"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	switch name {
	case "accesstoken", "refreshtoken", "idtoken", "token", "bearertoken", "sastoken", "secrettext", "devicecode", "codeverifier",
		"authorization", "cookie", "setcookie", "passwd", "pwd":
		return true
	}
	return false
}

// isSecretInForm is as isSecret. A code is a secret there, and not in JSON: refusals
// have another.
func isSecretInForm(name string) bool {
	switch strings.ToLower(name) {
	case "code", "sig", "signature", "samlresponse":
		return true
	}
	return isSecret(name)
}

// scrub takes the secrets out of a body, an address or a header.
func scrub(text string) string {
	bare := strings.TrimPrefix(text, "\ufeff")
	mark := text[:len(text)-len(bare)]
	if clean, ok := scrubJSON(bare); ok {
		return mark + clean
	}
	return mark + scrubText(bare)
}

func scrubText(text string) string {
	text = named(member, text, isSecret)
	text = named(element, text, isSecret)
	text = named(pair, text, isSecretInForm)
	text = bearer.ReplaceAllString(text, "${1} "+Scrubbed)
	text = signed.ReplaceAllString(text, Scrubbed)
	return operatorKey.ReplaceAllString(text, Scrubbed)
}

// named replaces what a pattern finds under the name of a secret: its first group
// stands before it, the second is the name, the third stands behind.
func named(pattern *regexp.Regexp, text string, secret func(string) bool) string {
	return pattern.ReplaceAllStringFunc(text, func(found string) string {
		groups := pattern.FindStringSubmatch(found)
		if !secret(groups[2]) {
			return found
		}
		return groups[1] + Scrubbed + strings.Join(groups[3:], "")
	})
}

// scrubber goes through a JSON text and copies it, but for what it takes out.
type scrubber struct {
	text    string
	decoder *json.Decoder
	clean   strings.Builder
	copied  int
}

// scrubJSON leaves a JSON text as it was written but for its secrets, also those of
// texts within it; false: it is none.
func scrubJSON(text string) (string, bool) {
	if start := strings.TrimLeft(text, " \t\r\n"); start == "" || start[0] != '{' && start[0] != '[' || !json.Valid([]byte(text)) {
		return "", false
	}
	s := &scrubber{text: text, decoder: json.NewDecoder(strings.NewReader(text))}
	s.decoder.UseNumber()
	s.value(false)
	s.clean.WriteString(text[s.copied:])
	return s.clean.String(), true
}

// value goes through one value, all of which may be a secret.
func (s *scrubber) value(secret bool) {
	token, _ := s.decoder.Token() // the text is valid
	end := int(s.decoder.InputOffset())
	switch is := token.(type) {
	case json.Delim:
		for s.decoder.More() {
			within := secret
			if is == '{' {
				name, _ := s.decoder.Token()
				within = within || isSecret(name.(string))
			}
			s.value(within)
		}
		_, _ = s.decoder.Token()
	case string:
		clean := Scrubbed
		if !secret || is == "" {
			clean = scrub(is)
		}
		if clean != is {
			written, _ := json.Marshal(clean)
			s.put(s.quote(end), end, string(written))
		}
	case json.Number:
		if secret {
			s.put(end-len(is.String()), end, "0")
		}
	}
}

// quote is where a text begins that ends there: at a quote that is not escaped.
func (s *scrubber) quote(end int) int {
	start := end - 2
	for s.text[start] != '"' || escaped(s.text, start) {
		start--
	}
	return start
}

func escaped(text string, at int) bool {
	n := 0
	for at-n > 0 && text[at-n-1] == '\\' {
		n++
	}
	return n%2 == 1
}

func (s *scrubber) put(start, end int, with string) {
	s.clean.WriteString(s.text[s.copied:start])
	s.clean.WriteString(with)
	s.copied = end
}
