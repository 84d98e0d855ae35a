package pipe

var (
	EncodeXML = encodeXML
	Negotiate = negotiate
	Contracts = contracts
)
