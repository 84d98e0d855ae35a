package commerce

import (
	"context"
	"fmt"
	"strings"
	"time"

	"provost/partnercenter"
)

// Agreement is a customer's acceptance of an agreement, as its partner recorded
// it.
type Agreement struct {
	World     string                  `json:"-"`
	Customer  string                  `json:"customer"`
	CreatedAt time.Time               `json:"createdAt"` // world time
	Resource  partnercenter.Agreement `json:"resource"`
}

// AgreementTable keeps agreements. They are never changed.
type AgreementTable interface {
	Insert(ctx context.Context, a Agreement) error
	// Of gives a customer's, in the order in which they were recorded.
	Of(ctx context.Context, world, customer string) ([]Agreement, error)
	// All gives a world's, to walk through.
	All(world string) Rows[Agreement]
}

// Agreements lists a customer's agreements, of one kind or of all ("").
func (s *Service) Agreements(ctx context.Context, actor Actor, customer string, kind partnercenter.AgreementType) ([]partnercenter.Agreement, error) {
	var found []partnercenter.Agreement
	err := s.Store.Read(ctx, func(tx Tx) error {
		kept, err := tx.Agreements().Of(ctx, actor.World.ID, customer)
		for _, a := range kept {
			if kind == "" || a.Resource.Type == kind {
				found = append(found, a.Resource)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list agreements of customer %s: %w", customer, err)
	}
	return found, nil
}

// RecordAgreement records that a customer accepted an agreement. The same
// template of the same day again is refused with ErrAgreementExists.
func (s *Service) RecordAgreement(ctx context.Context, by Caller, customer string, asked partnercenter.Agreement) (partnercenter.Agreement, error) {
	return once(ctx, s, by, func(ctx context.Context, w *writing) (partnercenter.Agreement, error) {
		return w.recordAgreement(ctx, customer, asked)
	})
}

func (w *writing) recordAgreement(ctx context.Context, id string, asked partnercenter.Agreement) (partnercenter.Agreement, error) {
	none := partnercenter.Agreement{}
	customer, err := w.customer(ctx, id)
	if err != nil {
		return none, err
	}
	if err := checkAgreement(asked); err != nil {
		return none, err
	}
	if asked.UserID == nil || *asked.UserID == "" {
		asked.UserID = &w.by.User
	}
	there, err := w.Agreements().Of(ctx, w.World.ID, id)
	if err != nil {
		return none, fmt.Errorf("list agreements: %w", err)
	}
	for _, a := range there {
		if strings.EqualFold(a.Resource.TemplateID, asked.TemplateID) && a.Resource.Type == asked.Type && a.Resource.DateAgreed.Equal(asked.DateAgreed.Time) {
			return none, partnercenter.ErrAgreementExists.About(asked.TemplateID)
		}
	}
	kept := Agreement{World: w.World.ID, Customer: customer.Resource.ID, CreatedAt: w.Now, Resource: asked}
	if err := w.Agreements().Insert(ctx, kept); err != nil {
		return none, err
	}
	if _, err := w.tell(ctx, AgreementRecorded, EventRecord{Customer: customer.Resource.ID, Reason: string(asked.Type)}); err != nil {
		return none, err
	}
	return asked, w.audit(ctx, audited{
		operation: partnercenter.AuditCreateAgreement, resource: partnercenter.AuditAgreement, customer: customer, after: asked,
	})
}

// checkAgreement refuses what does not say who accepted what, and when.
func checkAgreement(a partnercenter.Agreement) error {
	if !partnercenter.Known(a.Type) {
		return partnercenter.ErrEnum.About(append([]string{"type"}, a.Type.Words()...)...)
	}
	if !isTenant(a.TemplateID) {
		return partnercenter.ErrInput.About("templateId")
	}
	if a.DateAgreed.IsZero() {
		return partnercenter.ErrInput.About("dateAgreed")
	}
	contact := a.PrimaryContact
	if contact == nil {
		return partnercenter.ErrInput.About("primaryContact")
	}
	return firstOf(
		checkText("primaryContact.firstName", contact.FirstName, 1, 50, nil),
		checkText("primaryContact.lastName", contact.LastName, 1, 50, nil),
		checkText("primaryContact.email", contact.Email, 1, 254, emailForm),
	)
}
