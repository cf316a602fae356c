"""What runs a service: embedded, as a process, its configuration and its status; no business."""
