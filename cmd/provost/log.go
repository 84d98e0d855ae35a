package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"provost/internal/cli"
)

const logLevelFlag = "log-level"

func addLogFlag(cmd *cobra.Command) {
	cmd.Flags().String(logLevelFlag, "info", "what to log: debug, info, warn or error")
	_ = cmd.RegisterFlagCompletionFunc(logLevelFlag,
		cobra.FixedCompletions([]string{"debug", "info", "warn", "error"}, cobra.ShellCompDirectiveNoFileComp))
}

// openLog logs to stderr: readable where someone looks at it, JSON else.
func openLog(cmd *cobra.Command) (*slog.Logger, error) {
	text, err := cmd.Flags().GetString(logLevelFlag)
	if err != nil {
		return nil, err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(text)); err != nil {
		return nil, cli.Misuse{Err: fmt.Errorf("--%s %s: there are debug, info, warn and error", logLevelFlag, text)}
	}
	w := cmd.ErrOrStderr()
	if isTerminal(w) {
		return slog.New(tint.NewTextHandler(w, &tint.Options{
			Level: level, TimeFormat: time.TimeOnly, NoColor: os.Getenv("NO_COLOR") != "",
		})), nil
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})), nil
}

// isTerminal says whether someone is looking.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
