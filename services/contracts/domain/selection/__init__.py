"""What was selected of a service: composed again by the rules of the catalogue, and what it rests on."""
