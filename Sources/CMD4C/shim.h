// md4c's parser; its own HTML renderer stays out, because what is safe is decided in Swift.
#ifndef FERRY_CMD4C_SHIM_H
#define FERRY_CMD4C_SHIM_H

#include <md4c.h>

// Macros of macros, which the importer cannot see.
static const unsigned ferry_md_commonmark = MD_DIALECT_COMMONMARK;
// Bare addresses are left out: md4c 0.4.8 reads beyond its memory where they meet links, and Ferry finds them itself.
static const unsigned ferry_md_github = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS;

#endif
