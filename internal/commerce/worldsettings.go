package commerce

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"provost/partnercenter"
)

// WorldSettings are a world's own choices.
type WorldSettings struct {
	// RefreshInterval is how far apart the instants are at which provisioning
	// becomes visible; 0 makes it visible at once.
	RefreshInterval time.Duration `json:"refreshInterval"`
	MFA             MFAMode       `json:"mfa"`
	// MFAShare is for how many percent of the users MFAEnforce refuses; 0 is
	// all of them, as 100 is.
	MFAShare int `json:"mfaShare"`
	// Sandbox worlds hold little, and let customers be deleted.
	Sandbox bool `json:"sandbox,omitempty"`
	// AgreementRequired refuses the purchases of a customer whose acceptance of
	// an agreement is not recorded.
	AgreementRequired bool `json:"agreementRequired,omitempty"`
	// Simulator holds the scripts of simulated deliveries, by what is delivered
	// ([Catalogue.Spelled]).
	Simulator map[string]string `json:"simulator,omitempty"`
	// Throttle limits the rate of requests; nil: in production worlds alone.
	Throttle *bool `json:"throttle,omitempty"`
	// KeepOmitted keeps what the PATCH of a subscription omits; else an absent
	// autoRenewEnabled means false, as documented.
	KeepOmitted bool `json:"keepOmitted,omitempty"`
	// PreconditionFailed answers 412 to a stale etag, in the place of 400.
	PreconditionFailed bool `json:"preconditionFailed,omitempty"`
	// RetryNextDay answers 900278 to a change while another is on its way, in the
	// place of 800082.
	RetryNextDay bool `json:"retryNextDay,omitempty"`
	// EndOfTerm is what follows a term that is not renewed; empty: GraceAtEnd.
	EndOfTerm EndOfTerm `json:"endOfTerm,omitempty"`
	// Provisioner is the outside system that carries changes out, as the server's
	// settings name it; empty: the simulator. A change stays with the one under
	// which it was asked for.
	Provisioner string `json:"provisioner,omitempty"`
}

// EndOfTerm is what follows a term that is not renewed (reference 7.10).
type EndOfTerm string

// What can follow: thirty days in which the service goes on; the end of it at
// once; or the service by the month, until it is renewed or cancelled.
const (
	GraceAtEnd  EndOfTerm = "grace"
	CancelAtEnd EndOfTerm = "cancel"
	ExtendAtEnd EndOfTerm = "extend"
)

// Throttled says whether the rate of requests is limited.
func (w World) Throttled() bool {
	if w.Settings.Throttle != nil {
		return *w.Settings.Throttle
	}
	return w.Kind == Production
}

// DefaultSettings are those of a new world: a refresh each 15 minutes
// (documents 000 and 001), multifactor authentication enforced.
func DefaultSettings() WorldSettings {
	return WorldSettings{RefreshInterval: 15 * time.Minute, MFA: MFAEnforce, MFAShare: 100}
}

// check refuses settings that no world can have.
func (s WorldSettings) check() error {
	if s.RefreshInterval != 0 && (s.RefreshInterval < time.Second || s.RefreshInterval > 24*time.Hour || s.RefreshInterval%time.Second != 0) {
		return Refuse(partnercenter.ErrInput.About("refreshInterval"),
			"a refresh interval is whole seconds up to 24h, such as 15m, or 0 for at once; %s is not", s.RefreshInterval)
	}
	switch s.MFA {
	case MFAOff, MFAReport, MFAEnforce:
	default:
		return Refuse(partnercenter.ErrEnum.About("mfa", string(MFAOff), string(MFAReport), string(MFAEnforce)),
			"mfa is off, report or enforce; %q is not", s.MFA)
	}
	if s.MFAShare < 1 || s.MFAShare > 100 {
		return Refuse(partnercenter.ErrInput.About("mfaShare"), "the share of users whom enforce refuses is 1 to 100 percent; %d is not", s.MFAShare)
	}
	switch s.EndOfTerm {
	case "", GraceAtEnd, CancelAtEnd, ExtendAtEnd:
	default:
		return Refuse(partnercenter.ErrEnum.About("endOfTerm", string(GraceAtEnd), string(CancelAtEnd), string(ExtendAtEnd)),
			"what follows a term that is not renewed is grace, cancel or extend; %q is not", s.EndOfTerm)
	}
	return s.checkScripts()
}

func (s WorldSettings) words() Words {
	words := Words{
		"refreshInterval": s.RefreshInterval.String(), "mfa": string(s.MFA), "mfaShare": strconv.Itoa(s.MFAShare),
		"keepOmitted": onOff(s.KeepOmitted), "preconditionFailed": onOff(s.PreconditionFailed), "retryNextDay": onOff(s.RetryNextDay),
		"sandbox": onOff(s.Sandbox), "agreementRequired": onOff(s.AgreementRequired),
		"endOfTerm": string(cmp.Or(s.EndOfTerm, GraceAtEnd)), "provisioner": cmp.Or(s.Provisioner, InHouse),
	}
	if s.Throttle != nil {
		words["throttle"] = onOff(*s.Throttle)
	}
	for name, script := range s.Simulator {
		words["simulator "+name] = script
	}
	return words
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// checkProvisioner refuses a provisioner that this server does not know.
func (s *Service) checkProvisioner(settings WorldSettings) error {
	if settings.Provisioner == "" || slices.Contains(s.Provisioners, settings.Provisioner) {
		return nil
	}
	known := append([]string{InHouse}, s.Provisioners...)
	return Refuse(partnercenter.ErrEnum.About(append([]string{"provisioner"}, known...)...),
		"this server knows no provisioner %q; it knows %s; others are described in its configuration, under provisioners: (docs/fulfillment.md)",
		settings.Provisioner, strings.Join(known, ", "))
}

// changed are the words that differ.
func changed(before, after Words) (was, is Words) {
	was, is = Words{}, Words{}
	for name, word := range after {
		if before[name] != word {
			was[name], is[name] = before[name], word
		}
	}
	for name, word := range before {
		if _, still := after[name]; !still {
			was[name], is[name] = word, ""
		}
	}
	return was, is
}

// SettingsChange is what is to change of a world's settings; nil: nothing.
type SettingsChange struct {
	RefreshInterval *time.Duration
	MFA             *MFAMode
	MFAShare        *int

	KeepOmitted, PreconditionFailed, RetryNextDay *bool
	Sandbox, AgreementRequired, Throttle          *bool
	// Simulator holds scripts by what is delivered; an empty one takes it away.
	Simulator map[string]string
	EndOfTerm *EndOfTerm
	// Provisioner is InHouse, or as the server's settings name it.
	Provisioner *string
}

// SetWorld changes a world's settings. What was decided to become visible at an
// instant stays so when the interval changes.
func (s *Service) SetWorld(ctx context.Context, by Operator, named string, c SettingsChange) (entry WorldEntry, err error) {
	err = s.act(ctx, by, func(tx Tx, act *OperatorAct) error {
		world, err := worldNamed(ctx, tx, named)
		if err != nil {
			return err
		}
		before := world.Settings
		world.Settings = c.On(before)
		if err := world.Settings.check(); err != nil {
			return err
		}
		if world.Settings.Provisioner != before.Provisioner {
			if err := s.checkProvisioner(world.Settings); err != nil {
				return err
			}
		}
		if entry, err = entryOf(ctx, tx, world); err != nil || reflect.DeepEqual(world.Settings, before) {
			return err
		}
		was, is := changed(before.words(), world.Settings.words())
		act.is("set world", world.ID, world.ID, was, is)
		return tx.Worlds().Update(ctx, world.ID, world.Settings)
	})
	if err != nil {
		return WorldEntry{}, fmt.Errorf("set world %s: %w", named, err)
	}
	return entry, nil
}

// On gives the settings with the change made.
func (c SettingsChange) On(s WorldSettings) WorldSettings {
	if c.RefreshInterval != nil {
		s.RefreshInterval = *c.RefreshInterval
	}
	if c.MFA != nil {
		s.MFA = *c.MFA
	}
	if c.MFAShare != nil {
		s.MFAShare = *c.MFAShare
	}
	if c.Throttle != nil {
		s.Throttle = c.Throttle
	}
	if c.KeepOmitted != nil {
		s.KeepOmitted = *c.KeepOmitted
	}
	if c.PreconditionFailed != nil {
		s.PreconditionFailed = *c.PreconditionFailed
	}
	if c.RetryNextDay != nil {
		s.RetryNextDay = *c.RetryNextDay
	}
	if c.Sandbox != nil {
		s.Sandbox = *c.Sandbox
	}
	if c.AgreementRequired != nil {
		s.AgreementRequired = *c.AgreementRequired
	}
	if c.EndOfTerm != nil {
		if s.EndOfTerm = *c.EndOfTerm; s.EndOfTerm == GraceAtEnd {
			s.EndOfTerm = ""
		}
	}
	if c.Provisioner != nil {
		if s.Provisioner = *c.Provisioner; s.Provisioner == InHouse {
			s.Provisioner = ""
		}
	}
	return s.withScripts(c.Simulator)
}
