package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"provost/internal/cli"
	"provost/internal/memory"
	"provost/internal/server"
)

const (
	defaultListen = server.DefaultListen
	defaultData   = server.DefaultData
)

func newDev() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Serve a demo shop with its own sign-in, on this machine",
		Long: "Serve a demo shop and hand out tokens for it, on this machine alone: nothing to " +
			"install, to register or to configure. The banner says how to ask the first question.\n\n" +
			"The shop is kept in --data and is there again at the next start; with --memory it " +
			"is gone at the end. Every setting can also come from " + envPrefix + "… in the environment " +
			"(" + variableOfFlag("allow-host") + ") or from the file of --config.",
		Example: strings.Join([]string{
			"provost dev",
			"# a port that is free, and a shop that is gone at the end: for tests",
			"provost dev --listen 127.0.0.1:0 --memory",
			"# https, as Microsoft's sign-in libraries demand it",
			"provost dev --tls",
			"# the shop in a PostgreSQL",
			"provost dev --database postgres://provost@localhost/provost",
			"# every byte as the documents print it",
			"provost dev --profile documents",
			"# for other machines of a network that you trust",
			"provost dev --listen 0.0.0.0:4177 --allow-remote",
		}, "\n"),
		RunE: runDev,
	}
	flags := cmd.Flags()
	flags.String("listen", defaultListen, "the address to listen on; port 0 picks a free one")
	flags.String("data", defaultData, "the directory that keeps the shop")
	flags.String("database", "", "keep the shop in a PostgreSQL, postgres://user@host/database; --data then holds the keys alone")
	flags.Bool("memory", false, "keep the shop in a temporary directory, removed at the end")
	flags.Bool("allow-remote", false, "allow --listen beyond this machine: whoever reaches the address gets tokens")
	flags.StringSlice("allow-host", nil, "another name that callers may use for this server (repeatable)")
	flags.Bool("tls", false, "speak https, with a certificate of an authority made once and kept in --data")
	addPublicURLFlag(cmd, "the address that tokens and discovery name, when a proxy stands in front; such as https://shop.example")
	addProfileFlag(cmd)
	addReadCacheFlag(cmd)
	addLogFlag(cmd)
	addConfigFlag(cmd)
	_ = cmd.MarkFlagDirname("data")
	return cmd
}

func addPublicURLFlag(cmd *cobra.Command, usage string) {
	cmd.Flags().String("public-url", "", usage)
}

func addProfileFlag(cmd *cobra.Command) {
	cmd.Flags().String("profile", "modern", "how to answer: modern, or documents (every byte as Microsoft's documents print it)")
	_ = cmd.RegisterFlagCompletionFunc("profile",
		cobra.FixedCompletions([]string{"modern", "documents"}, cobra.ShellCompDirectiveNoFileComp))
}

// addReadCacheFlag counts in MiB, which nobody has to write.
func addReadCacheFlag(cmd *cobra.Command) {
	cmd.Flags().Int("read-cache", 24, "how many MiB of memory are for answers that are given again while nothing has changed; 0 reads each anew")
}

func readCache(cmd *cobra.Command) int {
	size, _ := cmd.Flags().GetInt("read-cache")
	return size << 20
}

func runDev(cmd *cobra.Command, _ []string) (err error) {
	ephemeral, provisioners, err := configureDev(cmd)
	if err != nil {
		return err
	}
	log, err := openLog(cmd)
	if err != nil {
		return err
	}
	flags := cmd.Flags()
	settings := server.Settings{
		Development: true, Ephemeral: ephemeral, Version: readBuild().Version, Log: log, Program: ourselves(), Arguments: os.Args[min(2, len(os.Args)):],
		Provisioners: provisioners,
	}
	settings.Listen, _ = flags.GetString("listen")
	settings.Data, _ = flags.GetString("data")
	settings.Database, _ = flags.GetString("database")
	settings.Profile, _ = flags.GetString("profile")
	settings.ReadCache = readCache(cmd)
	settings.AllowRemote, _ = flags.GetBool("allow-remote")
	settings.AllowHosts, _ = flags.GetStringSlice("allow-host")
	settings.TLS, _ = flags.GetBool("tls")
	settings.PublicURL, _ = flags.GetString("public-url")
	if ephemeral {
		settings.Data, err = makeTemporary()
		if err != nil {
			return fmt.Errorf("make a temporary directory: %w", err)
		}
		defer removeTemporary()
	}
	memory.Keep(cmd.Context())
	s, err := server.Open(cmd.Context(), settings)
	if err != nil {
		return curable(err)
	}
	fmt.Fprint(cmd.OutOrStdout(), devBanner(s, settings))
	return s.Run(cmd.Context())
}

// temporary is the directory of --memory; it goes with the process, however
// that is asked to end.
var temporary atomic.Pointer[string]

func makeTemporary() (string, error) {
	dir, err := os.MkdirTemp("", "provost-")
	if err == nil {
		temporary.Store(&dir)
	}
	return dir, err
}

func removeTemporary() {
	if dir := temporary.Swap(nil); dir != nil {
		_ = os.RemoveAll(*dir) // nobody is left to tell
	}
}

// configureDev reads the settings and says whether the shop is kept in memory.
// Of memory and data the one that was given on the command line counts.
func configureDev(cmd *cobra.Command) (ephemeral bool, provisioners []server.Provisioner, err error) {
	flags := cmd.Flags()
	memoryGiven, dataGiven := flags.Changed("memory"), flags.Changed("data")
	described, err := configureAll(cmd)
	if err != nil {
		return false, nil, err
	}
	ephemeral, err = flags.GetBool("memory")
	if err != nil || !ephemeral || !flags.Changed("data") {
		return ephemeral, described.provisioners, err
	}
	if memoryGiven == dataGiven {
		return false, nil, cli.Misuse{Err: errors.New("--memory and --data exclude each other: a shop is either kept or not; leave one of them out")}
	}
	return memoryGiven, described.provisioners, nil
}
