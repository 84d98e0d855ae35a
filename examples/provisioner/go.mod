module example/provisioner

go 1.24
