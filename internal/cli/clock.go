package cli

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// moveTime is how long a move of a clock may take: it carries out everything
// that becomes due on the way.
const moveTime = 15 * time.Minute

// NewClock returns the commands about a world's clock.
func NewClock() *cobra.Command {
	cmd := holder("clock", "Read and move a world's clock",
		"Read and move a world's clock. A move carries out everything that becomes due on "+
			"the way, each thing at its own instant and in order, and ends when the world has "+
			"arrived. A clock goes forward alone, and only that of a development world can be "+
			"moved.\n\n"+
			"The token is that of --profile or "+tokenVariable+", of an admin agent of the world; a running "+
			"provost dev gives the demo admin agent's.",
		newClockShow(), newClockAdvance(), newClockSet(),
		newClockMove("freeze", "Stop a world's clock", extension.ClockMove{Freeze: true}),
		newClockMove("resume", "Let a stopped clock run on", extension.ClockMove{Resume: true}))
	cmd.Example = strings.Join([]string{
		"provost clock show",
		"# stop it, so that nothing happens unasked",
		"provost clock freeze",
		"# sixteen minutes on, by ISO 8601",
		"provost clock advance PT16M",
		"# to the next refresh of the provisioning status",
		"provost clock advance --to next-tick",
		"# to the end of a term",
		"provost clock set 2027-03-02T00:00:00Z",
		"provost clock resume",
	}, "\n")
	return cmd
}

func newClockShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show", Short: "Show the time, and what comes next", Args: noArguments}
	return bearerCommand(cmd, func(cmd *cobra.Command, server *remote, _ []string) error {
		return moveClock(cmd, server, http.MethodGet, nil)
	})
}

func newClockAdvance() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "advance [DURATION]",
		Short: "Move a world's clock forward",
		Example: strings.Join([]string{
			"provost clock advance PT90S",
			"provost clock advance P1Y",
			"provost clock advance --to next-tick",
		}, "\n"),
		Args: Takes(0, 1, "an ISO 8601 duration such as PT16M, or --to next-tick"),
	}
	cmd.Flags().String("to", "", "where to: "+extension.NextTick+", the next refresh of the provisioning status")
	_ = cmd.RegisterFlagCompletionFunc("to", cobra.FixedCompletions([]string{extension.NextTick}, cobra.ShellCompDirectiveNoFileComp))
	return bearerCommand(cmd, func(cmd *cobra.Command, server *remote, args []string) error {
		to, _ := cmd.Flags().GetString("to")
		switch {
		case to != "" && to != extension.NextTick:
			return misuse("--to is %s; for an instant there is: provost clock set %s", extension.NextTick, to)
		case (to == "") == (len(args) == 0):
			return misuse("say how far, as in provost clock advance PT16M, or --to %s", extension.NextTick)
		case to == "":
			to = args[0]
		}
		return moveClock(cmd, server, http.MethodPost, &extension.ClockMove{Advance: &to})
	})
}

func newClockSet() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set INSTANT", Short: "Set a world's clock forward",
		Example: "provost clock set 2027-03-02T00:00:00Z",
		Args:    Takes(1, 1, "an instant such as 2027-03-02T00:00:00Z"),
	}
	return bearerCommand(cmd, func(cmd *cobra.Command, server *remote, args []string) error {
		at, err := partnercenter.ParseTime(args[0])
		if err != nil {
			return misuse("%q is no instant; one looks like 2027-03-02T00:00:00Z", args[0])
		}
		return moveClock(cmd, server, http.MethodPost, &extension.ClockMove{Set: &at})
	})
}

func newClockMove(use, short string, move extension.ClockMove) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: noArguments}
	return bearerCommand(cmd, func(cmd *cobra.Command, server *remote, _ []string) error {
		return moveClock(cmd, server, http.MethodPost, &move)
	})
}

// bearerCommand is one that calls the API with the caller's token.
func bearerCommand(cmd *cobra.Command, run func(*cobra.Command, *remote, []string) error) *cobra.Command {
	addSessionFlags(cmd)
	addOutputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if output, _ := cmd.Flags().GetString("output"); !slices.Contains(outputs, output) {
			return misuse("there is no output %s; there are: %s", output, strings.Join(outputs, ", "))
		}
		server, err := signedIn(cmd)
		if err != nil {
			return err
		}
		err = run(cmd, server, args)
		var lost *unreached
		if errors.As(err, &lost) {
			return server.unreachable(cmd.Context(), lost.cause)
		}
		return err
	}
	return cmd
}

func moveClock(cmd *cobra.Command, server *remote, method string, move *extension.ClockMove) error {
	server.http.Timeout = moveTime
	var body any
	if move != nil {
		body = move
	}
	var clock extension.Clock
	if err := server.send(cmd.Context(), method, extension.ClockPath, nil, body, &clock); err != nil {
		return err
	}
	return show(cmd, clock, func(table io.Writer) { printClock(table, clock) })
}

func printClock(table io.Writer, clock extension.Clock) {
	now := clock.Now.UTC().Format(time.RFC3339)
	if clock.Frozen {
		now += " (stopped)"
	}
	row(table, "World", clock.World+", "+clock.Kind)
	row(table, "Now", now)
	row(table, "Real time", clock.Real.UTC().Format(time.RFC3339))
	if clock.NextTick != nil {
		row(table, "Next tick", ahead(*clock.NextTick, clock.Now))
	}
	if clock.NextDue != nil {
		row(table, "Next due", ahead(*clock.NextDue, clock.Now))
	} else {
		row(table, "Next due", "nothing")
	}
	if clock.Failing > 0 {
		row(table, "Failing", fmt.Sprintf("%d of what was due; tried again, the server's log says why", clock.Failing))
	}
	if clock.Outstanding > 0 {
		row(table, "Outside", fmt.Sprintf("%d changes, in real time", clock.Outstanding))
	}
	if clock.Taken == 0 {
		return
	}
	steps := "steps were"
	if clock.Taken == 1 {
		steps = "step was"
	}
	fmt.Fprintf(table, "\n%d %s taken\n", clock.Taken, steps)
	const most = 40
	for _, s := range clock.Steps[:min(len(clock.Steps), most)] {
		// Without whose it is, so that a line fits a screen.
		row(table, s.At.UTC().Format(time.RFC3339), s.Kind, s.Subject[strings.LastIndex(s.Subject, "/")+1:])
	}
	if clock.Taken > most {
		fmt.Fprintf(table, "and %d more (-o json lists the first 1,000)\n", clock.Taken-most)
	}
}

// ahead is an instant and how far it lies ahead.
func ahead(at, now partnercenter.Time) string {
	wait := at.Sub(now.Time).Round(time.Second)
	if wait < 0 {
		wait = 0
	}
	return fmt.Sprintf("%s (in %s)", at.UTC().Format(time.RFC3339), wait)
}
