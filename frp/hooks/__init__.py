"""What may watch, change or refuse the operations of frps."""
