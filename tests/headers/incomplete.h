#ifndef STAGE3_INCOMPLETE_H
#define STAGE3_INCOMPLETE_H

/* Leans on a header that it does not include, for the test of the test. */
size_t incomplete(void);

#endif
