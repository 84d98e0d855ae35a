module provost/partnercenter

go 1.26.0
