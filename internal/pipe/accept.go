package pipe

import "strings"

// offers are the media types that answers come in, the preferred one first.
var offers = [...]struct{ mediaType, kind, format string }{
	{jsonType, "application", "json"},
	{textJSONType, "text", "json"},
	{xmlType, "application", "xml"},
	{textXMLType, "text", "xml"},
}

// maxRanges bounds what one Accept header can cost; those beyond are ignored.
const maxRanges = 256

// mediaRange is one element of Accept: kind/format;q=weight.
type mediaRange struct {
	kind, format string
	// weight counts thousandths.
	weight int
}

// negotiate chooses the media type of the answer by the lines of Accept
// (RFC 9110, 12.5.1), and says whether the client accepts it. The weight
// decides; between equals a type that is spelled out wins over a wildcard, and
// then the order of the offers.
func negotiate(accept []string) (mediaType string, ok bool) {
	var fits [len(offers)]fit
	read, understood := 0, 0
	for _, line := range accept {
		for more := true; more && read < maxRanges; read++ {
			var element string
			element, line, more = cutOutsideQuotes(line, ',')
			asked, ok := parseMediaRange(element)
			if !ok {
				continue
			}
			understood++
			for i, offer := range offers {
				fits[i].consider(asked.specificity(offer.kind, offer.format), asked.weight)
			}
		}
	}
	if understood == 0 {
		return jsonType, true
	}
	best := fit{}
	mediaType = jsonType
	for i, f := range fits {
		if f.weight > best.weight || f.weight == best.weight && f.weight > 0 && f.specificity > best.specificity {
			best, mediaType = f, offers[i].mediaType
		}
	}
	return mediaType, best.weight > 0
}

// fit is how well an offer pleases the client.
type fit struct{ specificity, weight int }

// consider lets the most specific range speak for the offer; of several alike
// the one that wants it most.
func (f *fit) consider(specificity, weight int) {
	if specificity > f.specificity || specificity > 0 && specificity == f.specificity && weight > f.weight {
		*f = fit{specificity, weight}
	}
}

// specificity is 0 when the range does not cover the media type.
func (m mediaRange) specificity(kind, format string) int {
	switch {
	case m.kind == "*":
		return 1
	case !strings.EqualFold(m.kind, kind):
		return 0
	case m.format == "*":
		return 2
	case strings.EqualFold(m.format, format):
		return 3
	}
	return 0
}

func parseMediaRange(element string) (mediaRange, bool) {
	name, parameters, more := cutOutsideQuotes(element, ';')
	name = trimSpace(name)
	if name == "*" {
		name = "*/*" // Java's HttpURLConnection sends "*; q=.2"
	}
	kind, format, _ := strings.Cut(name, "/")
	if !isToken(kind) || !isToken(format) || kind == "*" && format != "*" {
		return mediaRange{}, false
	}
	asked := mediaRange{kind: kind, format: format, weight: 1000}
	for more {
		var parameter string
		parameter, parameters, more = cutOutsideQuotes(parameters, ';')
		if parameter = trimSpace(parameter); parameter == "" {
			continue
		}
		name, value, _ := strings.Cut(parameter, "=")
		if !isToken(name) {
			return mediaRange{}, false
		}
		if strings.EqualFold(name, "q") {
			weight, ok := parseWeight(value)
			if !ok {
				return mediaRange{}, false
			}
			asked.weight = weight
		}
	}
	return asked, true
}

// parseWeight reads 0 to 1 with up to three decimals, in thousandths.
func parseWeight(text string) (int, bool) {
	whole, decimals, _ := strings.Cut(text, ".")
	if text == "" || text == "." || len(decimals) > 3 || whole != "0" && whole != "1" && whole != "" {
		return 0, false
	}
	weight := 0
	if whole == "1" {
		weight = 1000
	}
	for i, unit := range [3]int{100, 10, 1} {
		if i == len(decimals) {
			break
		}
		if decimals[i] < '0' || decimals[i] > '9' {
			return 0, false
		}
		weight += int(decimals[i]-'0') * unit
	}
	return weight, weight <= 1000
}

// cutOutsideQuotes cuts around the first separator that is not part of a quoted
// string.
func cutOutsideQuotes(s string, separator byte) (before, after string, found bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == separator && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// trimSpace removes the whitespace that RFC 9110 allows around an element.
func trimSpace(s string) string { return strings.Trim(s, " \t") }

func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}
