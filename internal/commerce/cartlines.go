package commerce

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"provost/partnercenter"
)

// The keys under which a cart line names resellers of record (reference 2.8).
const (
	transactionReseller           = "transaction_reseller"
	additionalTransactionReseller = "additional_transaction_reseller"
)

// cartErrors say what a refusal is called in a line of a cart; any other is an
// invalid input.
var cartErrors = []struct {
	reason *partnercenter.Error
	code   partnercenter.CartErrorCode
}{
	{partnercenter.ErrCurrency, partnercenter.CartCurrency},
	{partnercenter.ErrOfferID, partnercenter.CartCatalogItem},
	{partnercenter.ErrNotInCountry, partnercenter.CartCatalogItem},
	{partnercenter.ErrLineQuantity, partnercenter.CartMaxSeatsSubscription},
	{partnercenter.ErrQuantity, partnercenter.CartMaxSeatsSubscription},
	{partnercenter.ErrPartnerUnknown, partnercenter.CartParticipants},
	{partnercenter.ErrReseller, partnercenter.CartParticipants},
	{partnercenter.ErrPartnerID, partnercenter.CartParticipants},
	{partnercenter.ErrAttestation, partnercenter.CartAttestation},
	{partnercenter.ErrSeatLimit, partnercenter.CartSandboxLimit},
	{partnercenter.ErrSubscriptionLimit, partnercenter.CartSandboxLimit},
}

// fill puts lines into a cart, each with what is wrong with it and the group in
// which it will be ordered.
func (s *sale) fill(ctx context.Context, c *Cart, asked []partnercenter.CartLineItem) error {
	if len(asked) == 0 {
		return partnercenter.ErrInput.About("lineItems")
	}
	s.touch(c)
	c.Resource.LineItems = numbered(asked)
	groups := map[string]string{}
	for i := range c.Resource.LineItems {
		line := &c.Resource.LineItems[i]
		key, err := s.judge(ctx, line)
		if err != nil {
			return err
		}
		if _, ok := groups[key]; !ok {
			groups[key] = strconv.Itoa(len(groups))
		}
		setGroup(line, groups[key])
	}
	return nil
}

// numbered are the lines under ids that tell them apart: their own, if they do.
func numbered(asked []partnercenter.CartLineItem) []partnercenter.CartLineItem {
	seen, all, distinct := map[partnercenter.CartLineItemID]bool{}, []*partnercenter.CartLineItem{}, true
	lines := copied(asked)
	var visit func([]partnercenter.CartLineItem)
	visit = func(lines []partnercenter.CartLineItem) {
		for i := range lines {
			line := &lines[i]
			distinct = distinct && !seen[line.ID] && line.ID >= 0
			seen[line.ID] = true
			all = append(all, line)
			visit(line.AddonItems)
		}
	}
	visit(lines)
	for i, line := range all {
		if !distinct {
			line.ID = partnercenter.CartLineItemID(i)
		}
	}
	return lines
}

// copied are the members of the lines that a caller decides.
func copied(asked []partnercenter.CartLineItem) []partnercenter.CartLineItem {
	var lines []partnercenter.CartLineItem
	for _, line := range asked {
		line.OrderGroup, line.Pricing, line.Error = nil, nil, nil
		if end := line.CustomTermEndDate; end != nil && end.Year() <= 1 {
			line.CustomTermEndDate = nil // a fresh object's
		}
		line.AddonItems = copied(line.AddonItems)
		lines = append(lines, line)
	}
	return lines
}

// judge finds out whether a line and its add-ons can be bought, and gives what
// else can be ordered with it.
func (s *sale) judge(ctx context.Context, line *partnercenter.CartLineItem) (group string, err error) {
	purchases, err := s.readCartLine(ctx, line, nil)
	if err != nil {
		return "", err
	}
	if line.Error != nil || len(purchases) == 0 {
		return fmt.Sprintf("line %d", line.ID), nil
	}
	p := purchases[0]
	return fmt.Sprint(p.offer.Legacy, p.offer.Kind, p.term.BillingCycle, p.term.Duration), nil
}

// readCartLine reads a line and its add-ons as purchases, and notes in each what
// is wrong with it.
func (s *sale) readCartLine(ctx context.Context, line *partnercenter.CartLineItem, base *purchase) ([]purchase, error) {
	p, err := s.readCartItem(ctx, *line, base)
	var refused *partnercenter.Error
	if errors.As(err, &refused) {
		line.Error = cartError(refused, p)
	} else if err != nil {
		return nil, err
	}
	// What the catalogue knows of the line is told, whatever is wrong with it.
	if p.offer.ID != "" {
		complete(line, p)
	}
	purchases := []purchase{p}
	for i := range line.AddonItems {
		below, err := s.readCartLine(ctx, &line.AddonItems[i], &p)
		if err != nil {
			return nil, err
		}
		purchases = append(purchases, below...)
	}
	return purchases, nil
}

// readCartItem holds a line to its offer and to the world's limits.
func (s *sale) readCartItem(ctx context.Context, item partnercenter.CartLineItem, base *purchase) (purchase, error) {
	s.attested = true // a cart has no word for it
	line, err := ordered(item)
	if err != nil {
		return purchase{}, err
	}
	p, err := s.read(ctx, wanted{line: line, cycle: cycleOf(item), currency: item.CurrencyCode, base: base})
	if err != nil {
		return p, err
	}
	return p, s.admitSeats(p.line.Quantity)
}

func cycleOf(item partnercenter.CartLineItem) partnercenter.BillingCycle {
	if item.BillingCycle == nil {
		return ""
	}
	return *item.BillingCycle
}

// ordered is a cart's line as an order has it.
func ordered(item partnercenter.CartLineItem) (partnercenter.OrderLineItem, error) {
	line := partnercenter.OrderLineItem{
		OfferID: item.CatalogItemID, FriendlyName: item.FriendlyName, Quantity: item.Quantity, TermDuration: item.TermDuration,
		CustomTermEndDate: item.CustomTermEndDate, ProvisioningContext: item.ProvisioningContext, RenewsTo: item.RenewsTo,
		AttestationAccepted: item.AttestationAccepted, PromotionID: item.PromotionID,
	}
	for key, value := range item.ProvisioningContext {
		if strings.EqualFold(key, "parentSubscriptionId") {
			line.ParentSubscriptionID = &value
		}
	}
	for _, participant := range item.Participants {
		switch plain := strings.ToLower(strings.ReplaceAll(participant.Key, "_", "")); plain {
		case strings.ReplaceAll(transactionReseller, "_", ""):
			line.PartnerIDOnRecord = &participant.Value
		case strings.ReplaceAll(additionalTransactionReseller, "_", ""):
			line.AdditionalPartnerIDsOnRecord = append(line.AdditionalPartnerIDsOnRecord, participant.Value)
		default:
			return line, partnercenter.ErrEnum.About(participant.Key, transactionReseller, additionalTransactionReseller)
		}
	}
	return line, nil
}

// cartError is a refusal as a cart's line says it.
func cartError(refused *partnercenter.Error, p purchase) *partnercenter.CartError {
	e := &partnercenter.CartError{ErrorCode: partnercenter.CartInvalidInput, ErrorDescription: refused.Description}
	for _, known := range cartErrors {
		if errors.Is(refused, known.reason) {
			e.ErrorCode = known.code
		}
	}
	if len(refused.Data) > 0 {
		e.ErrorDescription += " (" + strings.Join(refused.Data, ", ") + ")"
	}
	switch {
	case e.ErrorCode != partnercenter.CartMaxSeatsSubscription:
	case p.line.Quantity < p.offer.MinQuantity:
		e.ErrorCode = partnercenter.CartInvalidInput
	default:
		e.AdditionalInformation = &partnercenter.CartErrorInformation{AvailableQuantity: p.offer.MaxQuantity}
	}
	if errors.Is(refused, partnercenter.ErrAddon) && p.line.ParentSubscriptionID != nil && !p.waits {
		e.ErrorCode = partnercenter.CartSubscription
	}
	return e
}

// complete tells what the catalogue says of the line.
func complete(line *partnercenter.CartLineItem, p purchase) {
	line.CatalogItemID = p.offer.ID
	line.CurrencyCode = &p.market.Currency
	if line.FriendlyName == nil || *line.FriendlyName == "" {
		line.FriendlyName = new(p.offer.Name)
	}
	if p.term.BillingCycle == "" {
		return
	}
	line.BillingCycle = new(p.term.BillingCycle)
	if p.term.Duration != "" {
		line.TermDuration = new(p.term.Duration)
	}
	line.Pricing = p.pricing()
}

// setGroup puts the line and its add-ons into a group.
func setGroup(line *partnercenter.CartLineItem, group string) {
	line.OrderGroup = &group
	for i := range line.AddonItems {
		setGroup(&line.AddonItems[i], group)
	}
}
