-- A copy of a database acts in nobody's name: no value, and no variable or file of its new home.
UPDATE odooops_secret
   SET token = NULL, reference = NULL;
