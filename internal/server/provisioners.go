package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"provost/internal/commerce"
	"provost/internal/fulfillment"
)

// Provisioner is an outside system that carries changes out.
type Provisioner struct {
	// Name is what a world's settings call it.
	Name string
	// URL is what its changes' addresses begin with.
	URL string
	// SecretFile holds the secret that is shared with it, a line for each while
	// one is being replaced; SecretVariable names a variable of the environment
	// that holds it instead.
	SecretFile, SecretVariable string
	// Tries is how many in a row may fail before a change does; 0: the usual.
	Tries int
}

// minSecret is as long as 128 bits are in hex, or about so in base64.
const minSecret = 22

var provisionerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// outside are the outside systems that the settings describe.
func (s *Settings) outside(note func(string, ...any)) map[string]*fulfillment.HTTP {
	systems := map[string]*fulfillment.HTTP{}
	for _, p := range s.Provisioners {
		problem := func(text string, args ...any) {
			note("provisioners: %s: %s", p.Name, fmt.Sprintf(text, args...))
		}
		switch {
		case !provisionerName.MatchString(p.Name):
			problem("a name is up to 63 lower-case letters, digits and -")
		case p.Name == commerce.InHouse:
			problem("that is what the one is called that is part of provost: choose another name")
		case p.Tries < 0 || p.Tries > 1000:
			problem("tries are 1 to 1000")
		}
		if err := checkProvisionerURL(p.URL); err != nil {
			problem("%v", err)
		}
		secrets, err := p.secrets()
		if err != nil {
			problem("%v", err)
		}
		systems[p.Name] = fulfillment.NewHTTP(p.URL, secrets, p.Tries)
	}
	return systems
}

func checkProvisionerURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil, u.Hostname() == "", u.Scheme != "https" && u.Scheme != "http", u.User != nil, u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return errors.New("its url is an address without a query, such as https://warehouse.example/changes")
	case u.Scheme == "http" && !loopbackHost(u.Hostname()):
		return fmt.Errorf("its url leads beyond this machine over plain http: use https")
	}
	return nil
}

func (p Provisioner) secrets() (fulfillment.Secrets, error) {
	var text []byte
	switch {
	case (p.SecretFile == "") == (p.SecretVariable == ""):
		return nil, errors.New("name where its secret is: either secret-file, or secret-variable; this makes one: openssl rand -hex 32 > warehouse.secret")
	case p.SecretFile != "":
		// The whole path tells where a relative one was looked for.
		path, err := filepath.Abs(p.SecretFile)
		if err != nil {
			return nil, fmt.Errorf("its secret-file cannot be found: %w", err)
		}
		if text, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("its secret-file cannot be read: %w", err)
		}
	default:
		text = []byte(os.Getenv(p.SecretVariable))
	}
	var secrets fulfillment.Secrets
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			secrets = append(secrets, line)
		}
	}
	if len(secrets) == 0 || len(secrets) > 4 {
		return nil, errors.New("its secret is one line, or a few while one is being replaced; there is none, or more")
	}
	for _, secret := range secrets {
		if len(secret) < minSecret {
			return nil, fmt.Errorf("its secret is shorter than %d characters: this makes one: openssl rand -hex 32", minSecret)
		}
	}
	return secrets, nil
}

func (s *Server) provisioners(api net.Addr) *fulfillment.Provisioners {
	base := s.publicURL(api)
	return &fulfillment.Provisioners{
		Outside: s.settings.outside(func(string, ...any) {}), Log: s.settings.Log,
		Callback: func(world, change string) string {
			return base + "/provost/v1/worlds/" + url.PathEscape(strings.ToLower(world)) + "/changes/" + strings.ToLower(change) + "/progress"
		},
	}
}

// openJobs prepares for jobs where outside systems are described, or changes
// wait for one. It says whether there is anything to run.
func (s *Server) openJobs(ctx context.Context, p *fulfillment.Provisioners) (bool, error) {
	waiting, worlds, err := s.outstanding(ctx)
	if err != nil {
		return false, err
	}
	for _, w := range worlds {
		if name := w.Settings.Provisioner; name != "" && p.Outside[name] == nil {
			s.settings.Log.Error("a world's provisioner is not described, so its changes fail: add it under provisioners:, or choose another: provost world set --provisioner",
				"world", w.ID, "provisioner", name)
		}
	}
	if len(p.Outside) == 0 && waiting == 0 {
		return false, nil
	}
	return true, s.jobs.OpenJobs(ctx, s.settings.Log)
}

// outstanding counts the changes that are with outside systems.
func (s *Server) outstanding(ctx context.Context) (n int, worlds []commerce.World, err error) {
	err = s.store.Read(ctx, func(tx commerce.Tx) (err error) {
		if worlds, err = tx.Worlds().List(ctx); err != nil {
			return err
		}
		for _, w := range worlds {
			more, err := tx.Changes().Outstanding(ctx, w.ID)
			if err != nil {
				return err
			}
			n += more
		}
		return nil
	})
	return n, worlds, err
}

// takeUpEvery is how often changes are looked for that no job is left for.
const takeUpEvery = time.Hour

func (s *Server) runJobs(ctx context.Context, p *fulfillment.Provisioners) error {
	stop, err := s.jobs.RunJobs(ctx, map[commerce.JobKind]commerce.Worker{commerce.ProvisionJob: p.Worker()}, s.settings.Log)
	if err != nil {
		return err
	}
	s.release = append(s.release, stop)
	looking, end := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() {
		for looking.Err() == nil {
			if err := p.Shop.TakeUpOutside(looking); err != nil && looking.Err() == nil {
				s.settings.Log.Error("failed", "doing", "take up changes outside", "error", err)
			}
			select {
			case <-looking.Done():
			case <-time.After(takeUpEvery):
			}
		}
	})
	s.release = append(s.release, func() error { end(); done.Wait(); return nil })
	return nil
}
