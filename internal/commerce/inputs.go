package commerce

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"provost/partnercenter"
)

// The forms of what a customer is asked for.
var (
	emailForm   = regexp.MustCompile(`^[^\s@]+@[^\s@]+$`)
	localeForm  = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	countryForm = regexp.MustCompile(`^[A-Za-z]{2}$`)
	domainForm  = regexp.MustCompile(`(?i)^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// checkText refuses a member that is missing with ErrInput, and one that has another
// length, in characters, or form with ErrProperty.
func checkText(member, given string, least, most int, form *regexp.Regexp) error {
	length := utf8.RuneCountInString(strings.TrimSpace(given))
	switch {
	case length == 0 && least > 0:
		return partnercenter.ErrInput.About(member)
	case length < least, utf8.RuneCountInString(given) > most, strings.ContainsFunc(given, isControl),
		length > 0 && form != nil && !form.MatchString(given):
		return partnercenter.ErrProperty.About(member)
	}
	return nil
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }

// firstOf is the first that is an error.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// textOf is an optional member; absent and empty are the same.
func textOf(given *string) string {
	if given == nil {
		return ""
	}
	return *given
}
