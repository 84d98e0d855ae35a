package commerce

import (
	"slices"
	"strings"

	"provost/partnercenter"
)

// SKUs lists the forms in which a product is sold; a segment picks those for
// that kind of customer.
func (sh Shelf) SKUs(product string, segment partnercenter.Segment) ([]partnercenter.SKU, error) {
	p, err := sh.product(product)
	if err != nil || !p.isFor(segment) {
		return nil, err
	}
	shown := make([]partnercenter.SKU, len(p.SKUs))
	for i := range p.SKUs {
		shown[i] = sh.showSKU(p, &p.SKUs[i])
	}
	return shown, nil
}

// SKU gives one of them.
func (sh Shelf) SKU(product, id string) (partnercenter.SKU, error) {
	p, s, err := sh.sku(product, id)
	if err != nil {
		return partnercenter.SKU{}, err
	}
	return sh.showSKU(p, s), nil
}

func (sh Shelf) sku(of, id string) (*product, *sku, error) {
	p, err := sh.product(of)
	if err != nil {
		return nil, nil, err
	}
	at := slices.IndexFunc(p.SKUs, func(s sku) bool { return strings.EqualFold(s.ID, id) })
	if at < 0 {
		return nil, nil, partnercenter.ErrSKUNotFound.About(of, id)
	}
	return p, &p.SKUs[at], nil
}

func (sh Shelf) showSKU(p *product, s *sku) partnercenter.SKU {
	shown := partnercenter.SKU{
		ID: s.ID, ProductID: p.ID, Title: s.Title, Description: p.Description,
		MinimumQuantity: s.offer.MinQuantity, MaximumQuantity: s.offer.MaxQuantity, IsTrial: s.Trial,
		SupportedBillingCycles: []partnercenter.BillingCycle{},
		PurchasePrerequisites:  []string{"MicrosoftCustomerAgreement"},
		InventoryVariables:     []string{},
		ProvisioningVariables:  []string{},
		DynamicAttributes: &partnercenter.SKUAttributes{
			IsMicrosoftProduct: p.isMicrosoft(), HasConstraints: s.Maximum > 0,
			IsAddon: s.offer.Addon, PrerequisiteSKUs: []string{}, UpgradeTargetOffers: append([]string{}, s.UpgradesTo...),
		},
		Links: &partnercenter.SKULinks{
			Availabilities: sh.link(p.ID, "skus", s.ID, "availabilities"), Self: sh.link(p.ID, "skus", s.ID),
		},
		Attributes: partnercenter.ResourceAttributes{ObjectType: "Sku"},
	}
	for _, t := range s.offer.Terms {
		if !slices.Contains(shown.SupportedBillingCycles, t.BillingCycle) {
			shown.SupportedBillingCycles = append(shown.SupportedBillingCycles, t.BillingCycle)
		}
	}
	if p.kind.Kind == OfferReservation {
		shown.ProvisioningVariables = []string{"Scope", "SubscriptionId", "Duration"}
	}
	for _, parent := range p.Parents {
		shown.DynamicAttributes.PrerequisiteSKUs = append(shown.DynamicAttributes.PrerequisiteSKUs, sh.paid(parent)...)
	}
	if s.Attestation != "" {
		shown.AttestationProperties = &partnercenter.AttestationProperties{AttestationType: s.Attestation, EnforceAttestation: true}
	}
	if s.ProvisioningID != "" {
		shown.DynamicAttributes.ProvisioningID = new(strings.ToLower(s.ProvisioningID))
	}
	return shown
}

// paid names the SKUs of a product that are no trials, as "product:sku".
func (sh Shelf) paid(id string) []string {
	p, err := sh.product(id)
	if err != nil {
		return nil
	}
	var names []string
	for _, s := range p.SKUs {
		if !s.Trial {
			names = append(names, p.ID+":"+s.ID)
		}
	}
	return names
}
