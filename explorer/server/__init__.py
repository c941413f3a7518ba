"""What the server does before Streamlit does anything: its files, and its sockets."""
