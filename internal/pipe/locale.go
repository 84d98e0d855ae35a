package pipe

// locale is the one language that the service has texts in; X-Locale
// asks for another in vain, as the documents' service falls back too.
var locale = []string{"en-US"}
