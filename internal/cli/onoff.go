package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// onOff is a flag that switches something on or off; its absence leaves it as
// it is, which a plain boolean flag could not say.
type onOff struct{ given *bool }

// String is the word, or none where the flag is absent.
func (o *onOff) String() string {
	switch {
	case o.given == nil:
		return ""
	case *o.given:
		return "on"
	default:
		return "off"
	}
}

// Set reads on or off.
func (o *onOff) Set(word string) error {
	on := strings.EqualFold(word, "on")
	if !on && !strings.EqualFold(word, "off") {
		return fmt.Errorf("%q is neither on nor off", word)
	}
	o.given = &on
	return nil
}

// Type is how the help shows the flag's value.
func (o *onOff) Type() string { return "on|off" }

func addOnOff(cmd *cobra.Command, name, usage string) {
	cmd.Flags().Var(&onOff{}, name, usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions([]string{"on", "off"}, cobra.ShellCompDirectiveNoFileComp))
}

// switched is what the flag says; nil: nothing.
func switched(flags *pflag.FlagSet, name string) *bool {
	return flags.Lookup(name).Value.(*onOff).given
}

func onOffWord(on bool) string { return (&onOff{&on}).String() }
