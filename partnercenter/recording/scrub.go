package recording

import "regexp"

// Scrubbed stands in a recording for what was taken out.
const Scrubbed = "scrubbed"

const secrets = `access_token|refresh_token|id_token|client_secret|client_assertion|assertion|password|device_code|code_verifier|code`

var (
	// inJSON is such a member; a code is left alone there, since refusals have one.
	inJSON = regexp.MustCompile(`(?i)("(?:access_token|accessToken|refresh_token|refreshToken|id_token|client_secret|clientSecret|client_assertion|password|device_code)"\s*:\s*")(?:[^"\\]|\\.)*(")`)
	// inForm is such a member of a form or a query.
	inForm = regexp.MustCompile(`(?i)((?:^|[?&])(?:` + secrets + `)=)[^&\s]*`)
	// signed is a token, wherever it stands.
	signed = regexp.MustCompile(`eyJ[\w-]{8,}\.eyJ[\w-]+\.[\w-]*`)
)

func scrub(text string) string {
	text = inJSON.ReplaceAllString(text, "${1}"+Scrubbed+"${2}")
	text = inForm.ReplaceAllString(text, "${1}"+Scrubbed)
	return signed.ReplaceAllString(text, Scrubbed)
}
