// md4c's parser; its own HTML renderer stays out, because what is safe is decided in Swift.
#ifndef FERRY_CMD4C_SHIM_H
#define FERRY_CMD4C_SHIM_H

#include <md4c.h>

// Macros of macros, which the importer cannot see.
static const unsigned ferry_md_commonmark = MD_DIALECT_COMMONMARK;
static const unsigned ferry_md_github = MD_DIALECT_GITHUB;

#endif
