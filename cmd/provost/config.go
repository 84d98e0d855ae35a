package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"provost/internal/cli"
	"provost/internal/server"
)

const (
	envPrefix  = "PROVOST_"
	configFlag = "config"
)

// whole keeps koanf from splitting keys: they are names of flags.
const whole = "\x00"

// configure gives the command's flags their values: as given on the command
// line, else from PROVOST_… in the environment, else from the file of --config,
// else their defaults.
func configure(cmd *cobra.Command) error {
	_, err := configureAll(cmd)
	return err
}

// described is what the file describes beside flags.
type described struct {
	issuers      []server.Issuer
	provisioners []server.Provisioner
}

// configureAll gives what the file describes beside flags, too.
func configureAll(cmd *cobra.Command) (d described, err error) {
	flags := cmd.Flags()
	fromEnv := koanf.New(whole)
	if err := fromEnv.Load(env.Provider(whole, env.Opt{Prefix: envPrefix, TransformFunc: flagOfVariable}), nil); err != nil {
		return d, fmt.Errorf("read the environment: %w", err)
	}
	fromFile, path, err := readConfig(flags, fromEnv)
	if err != nil {
		return d, cli.Misuse{Err: err}
	}
	if d.issuers, err = readIssuers(fromFile, path); err != nil {
		return d, cli.Misuse{Err: err}
	}
	if d.provisioners, err = readProvisioners(fromFile, path); err != nil {
		return d, cli.Misuse{Err: err}
	}
	var wrong []error
	flags.VisitAll(func(f *pflag.Flag) {
		var err error
		switch {
		case f.Changed:
		case fromEnv.Exists(f.Name):
			err = set(f, fromEnv.Get(f.Name), "the environment variable "+variableOfFlag(f.Name))
		case fromFile.Exists(f.Name):
			err = set(f, fromFile.Get(f.Name), f.Name+" in "+path)
		}
		if err != nil {
			wrong = append(wrong, err)
		}
	})
	if len(wrong) > 0 {
		return d, cli.Misuse{Err: errors.Join(wrong...)}
	}
	return d, nil
}

// readConfig reads the file that --config or its variable names, if any.
func readConfig(flags *pflag.FlagSet, fromEnv *koanf.Koanf) (*koanf.Koanf, string, error) {
	k := koanf.New(whole)
	path, err := flags.GetString(configFlag)
	if err != nil {
		return nil, "", err
	}
	if !flags.Changed(configFlag) && fromEnv.Exists(configFlag) {
		path = fromEnv.String(configFlag)
	}
	if path == "" {
		return k, "", nil
	}
	if err := k.Load(file.Provider(path), yaml.Parser()); errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("read the configuration file: there is no %s: write it, or name another with --config", path)
	} else if err != nil {
		return nil, "", fmt.Errorf("read the configuration file %s: it is to be YAML, a setting and its value on each line: %w", path, err)
	}
	known := configKeys()
	for _, key := range k.Keys() {
		key, _, nested := strings.Cut(key, whole)
		if nested && key != provisionersKey {
			return nil, "", fmt.Errorf("%s: %s takes a value or a list, not settings of its own", path, key)
		}
		if !slices.Contains(known, key) {
			return nil, "", fmt.Errorf("%s: there is no setting %q; there are: %s", path, key, strings.Join(known, ", "))
		}
	}
	return k, path, nil
}

// configKeys are the settings of every command that reads a file, so that one
// file can serve them all.
func configKeys() []string {
	keys := []string{issuersKey, provisionersKey}
	for _, cmd := range []*cobra.Command{newDev(), newServe()} {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name != configFlag && f.Name != "help" {
				keys = append(keys, f.Name)
			}
		})
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// set lets the flag read the value as if it had been given on the command line,
// and counts it as changed.
func set(f *pflag.Flag, value any, source string) error {
	var err error
	if items, isList := value.([]any); isList {
		list, takesList := f.Value.(pflag.SliceValue)
		if !takesList {
			return fmt.Errorf("%s: one value is wanted, not a list", source)
		}
		texts := make([]string, len(items))
		for i, item := range items {
			texts[i] = fmt.Sprint(item)
		}
		err = list.Replace(texts)
	} else {
		err = f.Value.Set(fmt.Sprint(value))
	}
	if err != nil && f.Value.Type() == "bool" {
		return fmt.Errorf("%s: true or false is wanted, not %v", source, value)
	}
	if kind := kinds[f.Value.Type()]; err != nil && kind != "" {
		return fmt.Errorf("%s: %s is wanted, not %v", source, kind, value)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	f.Changed = true
	return nil
}

// flagOfVariable names the flag of PROVOST_ALLOW_HOST: allow-host. An empty
// variable says nothing.
func flagOfVariable(name, value string) (string, any) {
	if value == "" {
		return "", nil
	}
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, envPrefix)), "_", "-"), value
}

func variableOfFlag(name string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// addConfigFlag lets a command read its settings from a file.
func addConfigFlag(cmd *cobra.Command) {
	cmd.Flags().String(configFlag, "", "a YAML file with these settings under their names; flags and "+envPrefix+"… win over it")
	_ = cmd.MarkFlagFilename(configFlag, "yaml", "yml")
}
