package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// build is what the binary knows of how it was made.
type build struct{ Version, Commit, Date string }

// readBuild reads what the Go tool stamped; what it did not stamp is unknown.
func readBuild() build {
	b := build{Version: "devel", Commit: "unknown", Date: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	modified := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if modified {
		b.Commit += " with changes"
	}
	return b
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which Provost this is",
		Example: "provost version",
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := readBuild()
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintf(w, "provost\t%s\n", b.Version)
			fmt.Fprintf(w, "commit\t%s\n", b.Commit)
			fmt.Fprintf(w, "date\t%s\n", b.Date)
			fmt.Fprintf(w, "go\t%s\n", runtime.Version())
			fmt.Fprintf(w, "platform\t%s/%s\n", runtime.GOOS, runtime.GOARCH)
			return w.Flush()
		},
	}
}
