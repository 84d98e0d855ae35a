package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/spf13/cobra"

	"provost/internal/disk"
	"provost/partnercenter"
)

const (
	profileFlag = "profile"
	// loginVariable is not PROVOST_PROFILE: that is the setting of provost dev and
	// serve that says how they answer.
	loginVariable     = "PROVOST_LOGIN"
	configDirVariable = "PROVOST_CONFIG_DIR"
	profilesFile      = "profiles.json"
)

// signInKind says how a profile gets its tokens.
type signInKind string

const (
	byDevice  signInKind = "device"
	byBrowser signInKind = "browser"
	bySecret  signInKind = "client-secret"
	byDev     signInKind = "dev"
)

// profile is a way of signing in that is kept: at whose service, and as whom.
type profile struct {
	Kind signInKind `json:"kind"`
	// API is the address of the calls, Authority that of the issuer; empty: the
	// same. Audience is whom tokens are for.
	API       string `json:"api"`
	Authority string `json:"authority,omitempty"`
	Audience  string `json:"audience,omitempty"`
	// CA is the file of a certificate authority to trust beside the system's.
	CA string `json:"ca,omitempty"`

	Tenant       string `json:"tenant,omitempty"`
	ClientID     string `json:"clientId,omitempty"`
	ClientSecret string `json:"clientSecret,omitempty"`
	RefreshToken string `json:"refreshToken,omitempty"`
	// AccessToken is good until Expires; kept so that a command need not spend a
	// refresh token.
	AccessToken string    `json:"accessToken,omitempty"`
	Expires     time.Time `json:"expires,omitzero"`

	// World, User, Role, AppOnly and NoMFA say whose token of a provost dev is
	// meant.
	World   string `json:"world,omitempty"`
	User    string `json:"user,omitempty"`
	Role    string `json:"role,omitempty"`
	AppOnly bool   `json:"appOnly,omitempty"`
	NoMFA   bool   `json:"noMfa,omitempty"`
}

func (p *profile) cloud() partnercenter.Cloud {
	return partnercenter.Cloud{API: p.API, Authority: p.Authority, Audience: p.Audience}
}

// isMicrosofts says whether the calls go to Microsoft's own service, which knows
// nothing of Provost's.
func (p *profile) isMicrosofts() bool {
	return p.API == partnercenter.GlobalCloud.API || p.API == partnercenter.ChinaCloud.API
}

// who says in a word as whom the profile signs in.
func (p *profile) who() string {
	switch {
	case p.Kind == bySecret:
		return "app " + p.ClientID
	case p.Kind != byDev:
		return "a user, with app " + p.ClientID
	case p.AppOnly:
		return "the demo app"
	case p.User != "":
		return p.User
	case p.Role != "":
		return "someone with the role " + p.Role
	default:
		return "the demo admin agent"
	}
}

// profiles are all that are kept, and the one that counts when none is named.
type profiles struct {
	Current  string              `json:"current,omitempty"`
	Profiles map[string]*profile `json:"profiles"`
}

func (p *profiles) names() []string { return slices.Sorted(maps.Keys(p.Profiles)) }

func (p *profiles) find(name string) (*profile, error) {
	if found := p.Profiles[name]; found != nil {
		return found, nil
	}
	if len(p.Profiles) == 0 {
		return nil, misuse("there is no profile %s, nor any other: provost login makes one", name)
	}
	return nil, misuse("there is no profile %s; there are: %s", name, strings.Join(p.names(), ", "))
}

// shelf is the directory that keeps the profiles.
type shelf struct{ dir string }

func openShelf() (shelf, error) {
	if dir := os.Getenv(configDirVariable); dir != "" {
		return shelf{dir}, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return shelf{}, misuse("find where profiles are kept: %w; name a directory in %s", err, configDirVariable)
	}
	return shelf{filepath.Join(dir, "provost")}, nil
}

func (s shelf) path() string { return filepath.Join(s.dir, profilesFile) }

func (s shelf) read() (*profiles, error) {
	kept := &profiles{Profiles: map[string]*profile{}}
	text, err := os.ReadFile(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return kept, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the profiles: %w", err)
	}
	if err := json.Unmarshal(text, kept); err != nil {
		return nil, misuse("read the profiles: %s is not what provost login writes (%w): mend it, or remove it and log in again", s.path(), err)
	}
	if kept.Profiles == nil {
		kept.Profiles = map[string]*profile{}
	}
	maps.DeleteFunc(kept.Profiles, func(_ string, p *profile) bool { return p == nil })
	return kept, nil
}

func (s shelf) write(kept *profiles) error {
	text, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return fmt.Errorf("write the profiles: %w", err)
	}
	path := s.path()
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // a link stays one, and leaves no old tokens behind
	}
	if err := disk.Replace(path, append(text, '\n')); err != nil {
		return fmt.Errorf("write the profiles: %w", err)
	}
	return nil
}

// lockTime is longer than an exchange of tokens takes.
const lockTime = 45 * time.Second

// change lets one process at a time change the profiles: two that exchanged one
// refresh token at once would spend it twice.
func (s shelf) change(ctx context.Context, change func(*profiles) error) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("keep the profiles: %w", err)
	}
	lock := flock.New(filepath.Join(s.dir, "profiles.lock"), flock.SetPermissions(0o600))
	limited, cancel := context.WithTimeout(ctx, lockTime)
	defer cancel()
	if _, err := lock.TryLockContext(limited, 20*time.Millisecond); err != nil {
		return fmt.Errorf("wait for another provost that holds %s: %w", lock.Path(), err)
	}
	defer lock.Unlock() //nolint:errcheck // the system frees it with the process
	kept, err := s.read()
	if err != nil {
		return err
	}
	if err := change(kept); err != nil {
		return err
	}
	return s.write(kept)
}

func addProfileFlag(cmd *cobra.Command) {
	cmd.Flags().String(profileFlag, "", "the profile of provost login (default: "+loginVariable+", else the current one)")
	_ = cmd.RegisterFlagCompletionFunc(profileFlag, completeProfiles)
}

func completeProfiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if place, err := openShelf(); err == nil {
		if kept, err := place.read(); err == nil {
			return kept.names(), cobra.ShellCompDirectiveNoFileComp
		}
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// NewProfiles returns the command that lists the profiles.
func NewProfiles() *cobra.Command {
	cmd := &cobra.Command{
		Use: "profiles [NAME]", Short: "List the profiles of provost login, or make one the current one",
		Long: "List the profiles that provost login made. With a name, that profile becomes the current\n" +
			"one: what counts where neither --profile nor " + loginVariable + " names another.",
		Example:           "provost profiles\nprovost profiles work",
		Args:              Takes(0, 1, "at most a profile"),
		ValidArgsFunction: completeProfiles,
	}
	addOutputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		place, err := openShelf()
		if err != nil {
			return err
		}
		if len(args) > 0 {
			err := place.change(cmd.Context(), func(kept *profiles) error {
				_, err := kept.find(args[0])
				kept.Current = args[0]
				return err
			})
			if err != nil {
				return err
			}
			return say(cmd, "%s is the current profile.", args[0])
		}
		kept, err := place.read()
		if err != nil {
			return err
		}
		return showProfiles(cmd, kept)
	}
	return cmd
}

func showProfiles(cmd *cobra.Command, kept *profiles) error {
	type shown struct {
		Name    string     `json:"name"`
		Current bool       `json:"current"`
		Kind    signInKind `json:"kind"`
		API     string     `json:"api"`
		Tenant  string     `json:"tenant,omitempty"`
		As      string     `json:"as"`
	}
	all := []shown{}
	for _, name := range kept.names() {
		p := kept.Profiles[name]
		all = append(all, shown{name, name == kept.Current, p.Kind, p.API, p.Tenant, p.who()})
	}
	return show(cmd, map[string]any{"items": all}, func(table io.Writer) {
		if len(all) == 0 {
			fmt.Fprintf(table, "There is no profile; one is made by: %s login\n", program(cmd))
			return
		}
		row(table, "PROFILE", "CURRENT", "KIND", "SERVICE", "AS")
		for _, p := range all {
			row(table, p.Name, map[bool]string{true: "*"}[p.Current], string(p.Kind), p.API, p.As)
		}
	})
}
