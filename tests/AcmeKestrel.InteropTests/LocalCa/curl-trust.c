/* Preloaded into a program that uses libcurl and cannot be told which root to trust: the file that CURL_CA_BUNDLE names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

enum { CURLOPT_CAINFO = 10065 };

int curl_easy_perform(void *handle)
{
    int (*set)(void *, int, ...) = (int (*)(void *, int, ...))dlsym(RTLD_NEXT, "curl_easy_setopt");
    int (*perform)(void *) = (int (*)(void *))dlsym(RTLD_NEXT, "curl_easy_perform");
    set(handle, CURLOPT_CAINFO, getenv("CURL_CA_BUNDLE"));
    return perform(handle);
}
