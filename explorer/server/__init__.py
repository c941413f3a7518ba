"""What the server does beside Streamlit: its files, its sockets, and a line for pictures to each open page."""
