"""Images and files for the PIM: found in a folder, sent once, put where their names say."""
