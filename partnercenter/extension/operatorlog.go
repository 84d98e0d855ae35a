package extension

import "provost/partnercenter"

// OperatorLogPath is where the operator's door keeps its log.
const OperatorLogPath = "/operator/v1/log"

// OperatorLog is a page of what operators did, the latest first.
//
// GET /operator/v1/log
type OperatorLog struct {
	// Items are the acts of this page, the latest first; empty, never absent.
	Items []OperatorAct `json:"items"`
	// Next is the "before" of the next page; absent: there is none.
	Next int64 `json:"next,omitempty"`
}

// OperatorAct is one thing that an operator did.
type OperatorAct struct {
	// ID grows with each act; it is what Next goes by.
	ID int64 `json:"id"`
	// At is real time.
	At partnercenter.Time `json:"at"`
	// By is the name of the key that was shown.
	By string `json:"by"`
	// What was done, such as "grant role".
	What string `json:"what"`
	// World is the id of the world that it was done in; absent: it was done to the
	// server.
	World string `json:"world,omitempty"`
	// Subject is the id or the name of what it was done to.
	Subject string `json:"subject"`
	// Before and After are what the act changed, by name.
	Before map[string]string `json:"before,omitempty"`
	After  map[string]string `json:"after,omitempty"`
}
