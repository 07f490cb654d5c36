"""What browsers report of the web client: read with distrust, and turned into telemetry."""
