package cli

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// Program is the annotation of the root command that says how the program was
// started, such as "go run ./cmd/provost".
const Program = "program"

// advised is a command of ours, in words, that works when it is pasted: run by
// the same program as this one, and at the same door.
func advised(cmd *cobra.Command, words string) string {
	text := program(cmd) + " " + words
	for _, name := range []string{"server", profileFlag, "operator", "data", caFlag} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			text += " --" + name + " " + ShellWord(f.Value.String())
		}
	}
	return text
}

// HelpOf is the command that tells of a command's flags.
func HelpOf(cmd *cobra.Command) string {
	return program(cmd) + strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()) + " --help"
}

// program is how this program was started.
func program(cmd *cobra.Command) string { return cmp.Or(cmd.Root().Annotations[Program], "provost") }

var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// ShellWord is a text as a shell takes it for one word.
func ShellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return `'` + strings.ReplaceAll(text, `'`, `'\''`) + `'`
}
