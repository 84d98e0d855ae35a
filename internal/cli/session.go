package cli

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"provost/partnercenter"
)

// session is a command's way in to a service: the SDK, with the credential that
// the command line, the environment or a profile names, or a running provost dev
// gives.
type session struct {
	*partnercenter.Partner
	cmd *cobra.Command
	// server is where it is; profile how it signs in there, and the profile's
	// name; nil and empty: by a token of the environment, or by a provost dev's.
	server  *remote
	profile *profile
	named   string
	tokens  partnercenter.TokenSource
	// given says that the environment holds the token.
	given bool
	wire  *wire
	// ids are what the command is about, once they are known.
	ids []string
}

func addSessionFlags(cmd *cobra.Command) {
	addServerFlag(cmd)
	addProfileFlag(cmd)
	cmd.Flags().String("world", "", "the world, by name or id; needed when a provost dev has several")
}

// openSession finds the service and the credential, in this order: the profile
// that is named on the command line; a token of the environment; the profile that
// the environment names; the current profile; a provost dev.
func openSession(cmd *cobra.Command) (*session, error) {
	s := &session{cmd: cmd, wire: &wire{}}
	if err := s.choose(); err != nil {
		return nil, err
	}
	retry := partnercenter.Retry{Attempts: 3}
	if curl, _ := cmd.Flags().GetBool(curlFlag); curl {
		retry.Attempts = 1
		s.tokens = orPlaceholder(s.tokens)
	}
	partner, err := partnercenter.New(partnercenter.Options{
		Credential: s.tokens, Cloud: partnercenter.Cloud{API: s.server.base},
		HTTPClient: &http.Client{Transport: s.server.http.Transport}, Middleware: []func(http.RoundTripper) http.RoundTripper{s.wire.around},
		ApplicationName: "provost", Retry: retry,
	})
	if err != nil {
		return nil, misuse("%w", err)
	}
	s.Partner = partner
	return s, nil
}

// orPlaceholder lets a request be printed where nobody can sign in.
func orPlaceholder(tokens partnercenter.TokenSource) partnercenter.TokenSource {
	return partnercenter.TokenFunc(func(ctx context.Context) (partnercenter.Token, error) {
		token, err := tokens.Token(ctx)
		if err != nil {
			return partnercenter.Token{Value: "none"}, nil
		}
		return token, nil
	})
}

func (s *session) choose() error {
	chosen, err := chosenProfile(s.cmd)
	if err != nil {
		return err
	}
	world, _ := s.cmd.Flags().GetString("world")
	if chosen != nil {
		return s.useProfile(chosen, world)
	}
	if s.server, err = connect(s.cmd); err != nil {
		return err
	}
	if given := strings.TrimSpace(os.Getenv(tokenVariable)); given != "" {
		if world != "" {
			return misuse("a token speaks for one world: leave --world or %s out", tokenVariable)
		}
		if err := oneLine(given); err != nil {
			return err
		}
		s.tokens, s.given = partnercenter.StaticToken(given), true
		return nil
	}
	s.tokens = devToken(s.server, wanted{world: world}, quirks{})
	return nil
}

type namedProfile struct {
	*profile
	name  string
	place shelf
}

// chosenProfile is the profile that counts for the command; nil: none does. The
// token of one goes to its own service and nowhere else.
func chosenProfile(cmd *cobra.Command) (*namedProfile, error) {
	place, err := openShelf()
	if err != nil {
		return nil, err
	}
	kept, err := place.read()
	if err != nil {
		return nil, err
	}
	flag, _ := cmd.Flags().GetString(profileFlag)
	server, _ := cmd.Flags().GetString("server")
	if flag != "" {
		if server != "" {
			return nil, misuse("profile %s names its service already: leave --server out", flag)
		}
		p, err := kept.find(flag)
		return &namedProfile{p, flag, place}, err
	}
	if os.Getenv(tokenVariable) != "" {
		return nil, nil
	}
	name := os.Getenv(loginVariable)
	if name == "" {
		if name = kept.Current; name == "" || kept.Profiles[name] == nil {
			return nil, nil
		}
	}
	p, err := kept.find(name)
	if elsewhere := firstText(server, os.Getenv(serverVariable)); err == nil && elsewhere != "" && strings.TrimSuffix(elsewhere, "/") != p.API {
		return nil, nil
	}
	return &namedProfile{p, name, place}, err
}

// signedIn is the server of a command about Provost's own affairs, with a token.
// A profile of Microsoft's counts for it only when it is named: that service
// knows nothing of them.
func signedIn(cmd *cobra.Command) (*remote, error) {
	chosen, err := chosenProfile(cmd)
	if err != nil {
		return nil, err
	}
	if chosen == nil || chosen.isMicrosofts() && !cmd.Flags().Changed(profileFlag) {
		server, err := connect(cmd)
		if err != nil {
			return nil, err
		}
		return server, server.signIn(cmd)
	}
	s := &session{cmd: cmd, wire: &wire{}}
	world, _ := cmd.Flags().GetString("world")
	if err := s.useProfile(chosen, world); err != nil {
		return nil, err
	}
	token, err := s.tokens.Token(cmd.Context())
	s.server.bearer = token.Value
	return s.server, s.explain(err)
}

func (s *session) useProfile(p *namedProfile, world string) (err error) {
	s.profile, s.named = p.profile, p.name
	if s.server, err = remoteTrusting(s.cmd, p.CA, p.API, "profile "+p.name, DefaultServer); err != nil {
		return err
	}
	if p.Kind == byDev {
		w := wanted{world: p.World, user: p.User, role: p.Role, appOnly: p.AppOnly}
		if world != "" {
			w.world = world
		}
		s.tokens = devToken(s.server, w, quirks{noMFA: p.NoMFA})
		return nil
	}
	if world != "" {
		return misuse("profile %s speaks for one world: leave --world out", p.name)
	}
	issuer, err := s.issuer(p)
	if err != nil {
		return err
	}
	kept := &credential{place: p.place, name: p.name, client: issuer, issuer: cmp.Or(p.Authority, p.API), us: program(s.cmd)}
	s.tokens, s.wire.renew = kept, kept.Token
	return nil
}

// issuer is a client for the profile's token issuer.
func (s *session) issuer(p *namedProfile) (*http.Client, error) {
	if p.Authority == "" || p.Authority == p.API {
		return &http.Client{Transport: s.server.http.Transport, Timeout: callTime}, nil
	}
	at, err := remoteTrusting(s.cmd, p.CA, p.Authority, "the issuer of profile "+p.name, DefaultServer)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: at.http.Transport, Timeout: callTime}, nil
}

// isMicrosofts says whether it is Microsoft's own service.
func (s *session) isMicrosofts() bool { return s.profile != nil && s.profile.isMicrosofts() }

// bearerWords are what stands for the token in a command to paste.
func (s *session) bearerWords() string {
	if s.given {
		return "$" + tokenVariable
	}
	words := "token"
	if s.profile != nil {
		words += " --" + profileFlag + " " + s.named
	} else if s.server.base != DefaultServer {
		words += " --server " + ShellWord(s.server.base)
	}
	if ca, _ := s.cmd.Flags().GetString(caFlag); ca != "" {
		words += " --" + caFlag + " " + ShellWord(ca)
	}
	if world, _ := s.cmd.Flags().GetString("world"); world != "" {
		words += " --world " + ShellWord(world)
	}
	return "$(" + program(s.cmd) + " " + words + ")"
}

// explain says more of an error than the SDK knows.
func (s *session) explain(err error) error {
	var known Misuse
	var lost *unreached
	var untold *noToken
	var dumb noTokens
	switch {
	case errors.As(err, &dumb):
		return misuse("no token is named in %s, no profile is logged in, and %w", tokenVariable, dumb)
	case errors.As(err, &untold) && !errors.As(untold.error, &lost):
		return untold.error
	case err == nil || errors.As(err, &known) || errors.As(err, new(ended)):
		return err
	case errors.As(err, &lost):
		return s.server.unreachable(s.cmd.Context(), lost.cause)
	}
	return s.refusal(err)
}
