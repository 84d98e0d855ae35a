package commerce

import (
	"time"

	"provost/partnercenter"
)

// demoOrders are the shop's, customer by customer.
func demoOrders() []demoOrder {
	var orders []demoOrder
	for _, of := range []func() []demoOrder{
		alderFinchOrders, sonnblickOrders, fjordlysOrders, koyamaOrders, verrierOrders,
		prairieWindOrders, tamarindOrders, karooOrders, wattleStreetOrders,
	} {
		orders = append(orders, of()...)
	}
	return orders
}

// alderFinchOrders went well, all of them.
func alderFinchOrders() []demoOrder {
	const premium = "3753aaa9-bbac-46e8-91e7-7415a3272d64"
	return []demoOrder{
		{customer: alderFinch, id: "55be48b3ad82", ago: 412*day + 5*time.Hour, sales: []demoSale{
			sold(offerBusinessPremium, premium, 25).then(90*day, settledSoon, allOf(4)).with(named("Everyone in Leeds")),
			sold(offerPhone, "059531a9-d1bb-45cb-bbfc-3f72a097d87c", 10).addsTo(premium),
		}},
		{customer: alderFinch, id: "e32bc34a17ae", ago: 400*day + 3*time.Hour, sales: []demoSale{
			sold(offerConferencing, "487acc60-6a07-4495-9254-4eff5f736e34", 29).addsTo(premium),
		}},
		{customer: alderFinch, id: "ee06e044789e", ago: 300*day + 7*time.Hour, sales: []demoSale{
			sold(offerAzurePlan, "8c3584f3-1748-4dff-b5fc-3700aec1d825", 1),
		}},
		{customer: alderFinch, id: "jGuSU-RPmzvLf3J1kBw3YcyfTPbtwSpD1", ago: 200*day + 2*time.Hour, sales: []demoSale{
			sold(offerReservation, "a756c0f8-7262-48b9-8ebd-3874c2c3a5fe", 2).scoped("shared", "1Year"),
		}},
		{customer: alderFinch, id: "4db1bf9bbb5a", ago: 10*day + 4*time.Hour, sales: []demoSale{
			sold(offerPowerBI.over("P1M"), "cec25e26-221d-49b1-b066-1307ef61074b", 5),
		}},
		{customer: alderFinch, id: "1002e3836b13", ago: 2*day + 6*time.Hour, sales: []demoSale{
			sold(offerE5Trial, "c064a387-12b6-41e8-bbdf-866164d5288e", 25).with(nextTerm(offerE5.over("P1M"), 25)),
		}},
	}
}

// sonnblickOrders: moved to new commerce; an add-on is on its way.
func sonnblickOrders() []demoOrder {
	const exchange, premium = "6cf4c2a8-2b9c-403a-8474-0250e0330002", "eab624b0-50a7-43eb-ae92-46ef3af56643"
	return []demoOrder{
		{customer: sonnblick, id: "36636B5C-2D5B-4855-B145-6836A5B28ABD", ago: 540*day + 8*time.Hour, sales: []demoSale{
			sold(offerExchange, exchange, 12).ended(partnercenter.SubscriptionDeleted),
		}},
		{customer: sonnblick, id: "e77615108c81", ago: 180*day + 3*time.Hour, sales: []demoSale{
			sold(offerBusinessBasic.paid(partnercenter.BillingCycleAnnual), "780d8908-1ddc-4f63-91cc-0508920b092d", 12).with(migratedFrom(exchange)),
		}},
		{customer: sonnblick, id: "c562646573a9", ago: 2 * time.Hour, sales: []demoSale{
			sold(offerBusinessPremium.over("P1M"), premium, 3),
		}},
		{customer: sonnblick, id: "99270c4a2b04", ago: 30 * time.Minute, sales: []demoSale{
			awaited(offerPhone, 3).addsTo(premium),
		}},
	}
}

// fjordlysOrders are the reseller's.
func fjordlysOrders() []demoOrder {
	const e3 = "8244884c-3e77-4d32-ad27-bbc9bb39f4c6"
	return []demoOrder{
		{customer: fjordlysEnergi, id: "00709d033562", ago: 700*day + 6*time.Hour, reseller: true, sales: []demoSale{
			sold(offerE3.over("P3Y"), e3, 140).then(30*day, settledSoon, allOf(10)),
		}},
		{customer: fjordlysEnergi, id: "3dc60146f4d4", ago: 698*day + 2*time.Hour, reseller: true, sales: []demoSale{
			sold(offerPhone.paid(partnercenter.BillingCycleAnnual), "e6014b77-ec74-421c-b561-cc10e8c61d8e", 40).addsTo(e3),
		}},
		{customer: fjordlysEnergi, id: "7debf18b588f", ago: 250*day + 5*time.Hour, reseller: true, sales: []demoSale{
			sold(offerPowerBI, "448f4848-fbb7-48ae-86f2-d283060c8e10", 60).then(20*time.Minute, onItsWay, noneYetOf(15)),
		}},
		{customer: fjordlysEnergi, id: "81eed8d947c7", ago: 95*day + 9*time.Hour, reseller: true, sales: []demoSale{
			sold(offerBusinessBasic.over("P1M"), "3ed0d5eb-b0ff-4814-858e-383f0bdf3c17", 8).ended(partnercenter.SubscriptionDisabled),
		}},
		{customer: fjordlysEnergi, id: "cd66432071ef", ago: 5*day + 3*time.Hour, reseller: true, sales: []demoSale{
			sold(offerE5.paid(partnercenter.BillingCycleAnnual), "5cb17c17-2c2e-4518-8f0a-d3372c03b6aa", 10).promoted("39NFJQT1PJQB:0001:39NFJQT1Q5KN"),
		}},
	}
}

// koyamaOrders are of the rarer kinds.
func koyamaOrders() []demoOrder {
	return []demoOrder{
		{customer: koyamaOptics, id: "3ce2837c87a7", ago: 330*day + 4*time.Hour, sales: []demoSale{
			sold(offerE5.over("P3Y").paid(partnercenter.BillingCycleTriennial), "f1c1c878-37e0-40a4-8dc3-1ed1d071b34a", 80),
		}},
		{customer: koyamaOptics, id: "b6bf40dd90f0", ago: 100*day + 6*time.Hour, sales: []demoSale{
			sold(offerSavingsPlan, "18e6dd3a-52af-47ad-a11d-efdc856710d9", 1).commits(250, "JPY"),
		}},
		{customer: koyamaOptics, id: "42519086371", ago: 75*day + 2*time.Hour, sales: []demoSale{
			sold(offerServer, "dc0e1729-bb33-425a-9081-5c9c5a531888", 4),
		}},
		{customer: koyamaOptics, id: "50db5aabc9d5", ago: 45*day + 7*time.Hour, sales: []demoSale{
			sold(offerBusinessPremium.over("P1M"), "a86756f6-7dfa-4743-90e8-9d9dc5e53383", 6).ended(partnercenter.SubscriptionExpired),
		}},
		{customer: koyamaOptics, id: "5d2e90c7a1b3", ago: 12*day + 3*time.Hour, sales: []demoSale{
			sold(offerInsights.over("P1M"), "e27f4d18-90b3-4c6a-8d55-7b0e1c9a6f32", 20),
		}},
		{customer: koyamaOptics, id: "429f4e66179b", ago: 6 * time.Hour, sales: []demoSale{
			sold(offerInsights, "5583f42f-d8cc-4554-952e-f8263cbbab38", 50).now(partnercenter.SubscriptionPending).
				with(nextTerm(offerInsights.over("P2Y"), 50)),
		}},
	}
}

// verrierOrders went wrong in one way or another.
func verrierOrders() []demoOrder {
	const basic = "bb7a929d-12d4-4ec4-bdec-f6eaff7e214d"
	return []demoOrder{
		{customer: maisonVerrier, id: "09b034f7a931", ago: 150*day + 3*time.Hour, sales: []demoSale{
			sold(offerE3, "7800ec17-bc1b-4e86-a2b7-d360d7ecb398", 60).
				then(2*day, settledSoon, partOf(0, 5, "The credit limit does not allow more seats.")),
		}},
		{customer: maisonVerrier, id: "e69017379d8f", ago: 60*day + 5*time.Hour, sales: []demoSale{
			sold(offerBusinessBasic, basic, 8).now(partnercenter.SubscriptionSuspended).with(suspendedFor(suspendedByPartner)),
		}},
		{customer: maisonVerrier, id: "b7c1e0d24f96", ago: 58*day + 4*time.Hour, sales: []demoSale{
			sold(offerPhone, "c9d3b6f4-5c19-4f0b-9c6e-3f7a2d1e8b40", 8).addsTo(basic).now(partnercenter.SubscriptionSuspended).with(suspendedFor(suspendedWithParent)),
		}},
		{customer: maisonVerrier, id: "6f075a06eee2", ago: 4*day + 2*time.Hour, sales: []demoSale{
			refused(offerE5, 200, "The credit limit does not allow this purchase."),
		}},
		{customer: maisonVerrier, id: "2880b04d6a5c", ago: 3*day + 4*time.Hour, sales: []demoSale{
			shortSold(offerBusinessPremium, "ed8a3f90-9eab-42b1-b18d-847e3121ad61", 6, 4, "The directory has room for six more users.").
				with(needsAttention("4 of 10 seats were not provisioned.")),
		}},
		{customer: maisonVerrier, id: "afac47475b38", ago: day + 6*time.Hour, sales: []demoSale{
			sold(offerPowerBI, "1611b738-6ea3-4e33-8bfb-4e7376119070", 5),
			refused(offerPhone, 5, "Calling is not offered in the customer's region."),
		}},
	}
}

// prairieWindOrders began before new commerce.
func prairieWindOrders() []demoOrder {
	const office = "9d1cc027-d5e9-469c-9c43-b5baf3b2833e"
	return []demoOrder{
		{customer: prairieWind, id: "13CB8CEF-B333-4719-906D-6BBCC080D318", ago: 1200*day + 4*time.Hour, sales: []demoSale{
			sold(offerExchange, "bdb24e92-b4dd-43f7-b4a3-d370c84b17ff", 20).now(partnercenter.SubscriptionSuspended).with(suspendedFor("Expiration")),
		}},
		{customer: prairieWind, id: "7117E551-0CD0-4F60-A0AD-07C85721D588", ago: 1000*day + 3*time.Hour, sales: []demoSale{
			sold(offerAzureLegacy, "31a864bc-a41e-4c0d-b1ee-9b5ed41f1a2c", 1),
		}},
		{customer: prairieWind, id: "697DAE03-C6ED-456D-A723-42C19194EDFB", ago: 900*day + 6*time.Hour, sales: []demoSale{
			sold(offerOfficeE3, office, 75),
			sold(offerArchiving, "25667ae4-8154-4a4d-8681-ae5d847a9e05", 75).addsTo(office),
		}},
		{customer: prairieWind, id: "ED2D946D-70EF-46AE-A927-A326F9AB7E15", ago: 500*day + 2*time.Hour, sales: []demoSale{
			sold(offerExchange, "bd8ca10b-e0e4-4113-8f8b-4a300999c475", 3).now(partnercenter.SubscriptionNone).with(cycleUnknown),
		}},
		{customer: prairieWind, id: "3b1744014b51", ago: 90*day + 5*time.Hour, sales: []demoSale{
			sold(offerBusinessBasic, "f41aa505-4794-4fbd-b51c-c8071f4ee48a", 20).then(9*time.Minute, settledNow, allOf(5)),
		}},
		{customer: prairieWind, id: "d2889a547aec", ago: 30*day + 7*time.Hour, sales: []demoSale{
			sold(offerBusinessPremium.paid(partnercenter.BillingCycleAnnual), "6b6ed3ea-82ca-42e0-ae70-70a00ba38f3c", 15).with(nextCharge(offerBusinessPremium)),
		}},
	}
}

// tamarindOrders are the reseller's.
func tamarindOrders() []demoOrder {
	const basic = "4c1cb284-5e7f-4c91-84b0-c8d81bb7133a"
	return []demoOrder{
		{customer: tamarindFreight, id: "76f1e9f810a5", ago: 400*day + 3*time.Hour, reseller: true, sales: []demoSale{
			sold(offerE3, "def069d7-a7c4-417c-95db-93b4180616f0", 30).ended(partnercenter.SubscriptionDeleted),
		}},
		{customer: tamarindFreight, id: "d64893e4a962", ago: 220*day + 5*time.Hour, reseller: true, sales: []demoSale{
			sold(offerBusinessBasic, basic, 240).with(nextTerm(offerBusinessBasic, 260)),
			sold(offerPhone, "0f31a159-e229-481c-b7c0-f3579a3d8c7f", 36).addsTo(basic),
		}},
		{customer: tamarindFreight, id: "ef49fa651c79", ago: 120*day + 2*time.Hour, reseller: true, sales: []demoSale{
			sold(offerAzurePlan, "9d4c2d8d-899a-4fc7-86e2-67d718cd4efa", 1),
		}},
		{customer: tamarindFreight, id: "e7bc69e6b1c7", ago: 3 * time.Hour, reseller: true, sales: []demoSale{
			sold(offerPowerBI, "82d14463-6876-4a8a-a234-4e16faceefc4", 12),
			awaited(offerE3, 30),
		}},
	}
}

// karooOrders: a large customer that shrinks.
func karooOrders() []demoOrder {
	return []demoOrder{
		{customer: karooHealth, id: "928f50a4a288", ago: 280*day + 4*time.Hour, sales: []demoSale{
			sold(offerBenefit, "f8e9d148-6cb4-47b4-b5e1-04af822bec55", 10),
		}},
		{customer: karooHealth, id: "3ea75be45d4b", ago: 210*day + 6*time.Hour, sales: []demoSale{
			sold(offerReservation.over("P3Y").paid(partnercenter.BillingCycleMonthly), "f551fbe1-fa19-4705-99dc-e3d542f6c3b7", 3).scoped("single", "3Years"),
		}},
		{customer: karooHealth, id: "62b4fab5e698", ago: 140*day + 3*time.Hour, sales: []demoSale{
			sold(offerStudio, "ff773806-c3e1-4424-ba88-db223b71fea0", 2),
		}},
		{customer: karooHealth, id: "3dab7a8f1d16", ago: 80*day + 5*time.Hour, sales: []demoSale{
			sold(offerE3, "290c0380-2f9b-46e2-a3ff-ca88e7746ea2", 12).now(partnercenter.SubscriptionSuspended).with(suspendedFor(suspendedByPartner)),
		}},
		{customer: karooHealth, id: "10801cd38e23", ago: 17*day + 2*time.Hour, sales: []demoSale{
			sold(offerBusinessBasic.over("P1M"), "bded157a-2c76-4d04-aa2e-877b60e3885a", 45).with(renewsFor("P1Y")),
		}},
		{customer: karooHealth, id: "95d9880f19ba", ago: 5*day + 7*time.Hour, sales: []demoSale{
			sold(offerE5, "83ddb597-5ad6-40b0-847b-fe7cbe2de791", 400).then(10*time.Minute, onItsWay, noneYetOf(-20)),
		}},
	}
}

// wattleStreetOrders are settled as the world begins, some of them.
func wattleStreetOrders() []demoOrder {
	return []demoOrder{
		{customer: wattleStreet, id: "feb49d734de6", ago: 230*day + 3*time.Hour, sales: []demoSale{
			sold(offerBusinessBasic.paid(partnercenter.BillingCycleAnnual), "34de0290-5c4c-4659-8d16-7490a75bf528", 30),
		}},
		{customer: wattleStreet, id: "d12532e1dfe3", ago: 100*day + 6*time.Hour, sales: []demoSale{
			sold(offerPowerBI.over("P1M"), "30ea56dc-49c2-4eeb-a81c-d786f3e6d432", 10).
				then(7*time.Minute, settledNow, partOf(2, 4, "The school's allowance ends at twelve seats.")),
		}},
		{customer: wattleStreet, id: "1b218be3fe8e", ago: 50*day + 4*time.Hour, sales: []demoSale{
			sold(offerE5Trial, "ed235b72-64dc-4f8f-971a-4a45fc24789c", 25).ended(partnercenter.SubscriptionExpired).with(nextTerm(offerE5.over("P1M"), 25)),
		}},
		{customer: wattleStreet, id: "69a8794a8623", ago: 40*day + 2*time.Hour, sales: []demoSale{
			sold(offerBusinessPremium, "65735020-dbbf-44a9-838d-b79a23e061d6", 5).ended(partnercenter.SubscriptionDeleted),
		}},
		{customer: wattleStreet, id: "68de7b786b5d", ago: 4 * time.Minute, sales: []demoSale{
			justSold(offerE3, "2fdfb709-a098-4234-a5dd-92f786c96557", 5),
		}},
	}
}
