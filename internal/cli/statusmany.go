package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"provost/partnercenter"
)

// manySheet is that of one status, with whose it is.
var manySheet = sheet{
	columns: append([]column{{title: "SUBSCRIPTION", path: "subscriptionId"}}, subscriptionStatuses.sheet.columns...),
	name:    "subscriptionId", fields: append([]string{"subscriptionId", "error"}, subscriptionStatuses.sheet.fields...),
}

// manyStatuses says how far several subscriptions are provisioned, or waits for
// all of them in one budget of requests. What fails ends no other.
func manyStatuses(c *calling, customer string, ids []string) error {
	flags := c.cmd.Flags()
	if watches, _ := flags.GetBool(watchFlag); watches {
		return misuse("--%s shows one subscription: name one, or --%s for all of them", watchFlag, waitFlag)
	}
	waits, _ := flags.GetBool(waitFlag)
	limit, err := c.limit()
	if err != nil {
		return err
	}
	if curl, _ := flags.GetBool(curlFlag); curl {
		waits = false
	}
	found := map[string]partnercenter.StatusResult{}
	if waits {
		ctx, cancel := context.WithTimeout(c.ctx, limit)
		defer cancel()
		opts := partnercenter.WaitOptions{}
		if c.moves(ctx) {
			opts.Every = waitedWhileMoved
		}
		var refs []partnercenter.SubscriptionRef
		for _, id := range ids {
			refs = append(refs, partnercenter.SubscriptionRef{CustomerID: customer, SubscriptionID: id})
		}
		for ref, result := range c.StatusMany(ctx, refs, opts) {
			found[ref.SubscriptionID] = result
		}
	} else {
		for _, id := range ids {
			status, err := c.Customers.ByID(customer).Subscriptions.ByID(id).ProvisioningStatus.Get(c.ctx)
			if errors.Is(err, errPrinted) {
				continue
			}
			found[id] = partnercenter.StatusResult{Status: status, Err: err}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return c.showMany(ids, found, waits)
}

func (c *calling) showMany(ids []string, found map[string]partnercenter.StatusResult, waits bool) error {
	var all []document
	var ends []error
	for _, id := range ids {
		one := objectOf(docMember{"subscriptionId", textOf(id)})
		result := found[id]
		switch {
		case result.Err != nil:
			var pending *partnercenter.PendingError
			if errors.As(result.Err, &pending) && pending.Status != "" {
				one.members = append(one.members, docMember{"status", textOf(pending.Status)})
				ends = append(ends, ended{exitPending, id + " is still " + pending.Status})
				break
			}
			one.members = append(one.members, docMember{"error", textOf(result.Err.Error())})
			ends = append(ends, fmt.Errorf("%s: %w", id, result.Err))
		default:
			d, err := documentOf(result.Status)
			if err != nil {
				return err
			}
			one.members = append(one.members, d.members...)
			if waits {
				ends = append(ends, endOf(viewOfSubscription(result.Status, 0)))
			}
		}
		all = append(all, one)
	}
	if err := c.list(manyOf(found), all); err != nil {
		return err
	}
	return worst(ends)
}

// manyOf has a column for what failed, where something did.
func manyOf(found map[string]partnercenter.StatusResult) *sheet {
	s := manySheet
	for _, result := range found {
		var pending *partnercenter.PendingError
		if result.Err != nil && (!errors.As(result.Err, &pending) || pending.Status == "") {
			s.columns = append(slices.Clone(s.columns), column{title: "ERROR", path: "error", tight: true})
			break
		}
	}
	return &s
}

// worst is the end that says most: an error, then what is pending, then what has
// failed.
func worst(ends []error) error {
	ends = slices.DeleteFunc(ends, func(err error) bool { return err == nil })
	if len(ends) == 0 {
		return nil
	}
	rank := func(err error) int {
		var coded ended
		if !errors.As(err, &coded) {
			return 9
		}
		return coded.code
	}
	return slices.MaxFunc(ends, func(a, b error) int { return rank(a) - rank(b) })
}
