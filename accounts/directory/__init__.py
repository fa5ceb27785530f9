"""Read and do what is about everybody at this site: for clients that an admin let act for it."""
