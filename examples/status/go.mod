module example/status

go 1.26.0

require provost/partnercenter v0.0.0

replace provost/partnercenter => ../../partnercenter
