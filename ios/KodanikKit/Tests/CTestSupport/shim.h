// P-256 signing keys for the tests' double of a phone's key store: Debian's libcrypto, made callable from Swift. And how
// large a thread's stack is. Nothing of this is in the app.
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#define TEST_KEY_PUBLIC 65
#define TEST_KEY_SIGNATURE 80

typedef struct evp_pkey_st TestKey;

static inline TestKey *test_key_make(void) { return EVP_EC_gen("P-256"); }

static inline void test_key_free(TestKey *key) { EVP_PKEY_free(key); }

// SEC 1, uncompressed. 1 where it worked.
static inline int test_key_public(TestKey *key, uint8_t out[TEST_KEY_PUBLIC]) {
    size_t length = 0;
    return EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, out, TEST_KEY_PUBLIC, &length) &&
           length == TEST_KEY_PUBLIC;
}

static inline TestKey *test_key_from_params(OSSL_PARAM_BLD *builder, int selection) {
    TestKey *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    if (context != NULL && params != NULL && EVP_PKEY_fromdata_init(context) == 1) {
        EVP_PKEY_fromdata(context, &key, selection, params);
    }
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    return key;
}

static inline TestKey *test_key_from_public(const uint8_t *sec1, size_t length) {
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, sec1, length);
    return test_key_from_params(builder, EVP_PKEY_PUBLIC_KEY);
}

// A scalar of 32 bytes, big-endian.
static inline TestKey *test_key_from_scalar(const uint8_t scalar[32]) {
    BIGNUM *number = BN_bin2bn(scalar, 32, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number);
    TestKey *key = test_key_from_params(builder, EVP_PKEY_KEYPAIR);
    BN_free(number);
    return key;
}

// ES256 as ASN.1 DER. The length, or 0.
static inline size_t test_key_sign(TestKey *key, const uint8_t *message, size_t length,
                                   uint8_t out[TEST_KEY_SIGNATURE]) {
    size_t written = TEST_KEY_SIGNATURE;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done = EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
               EVP_DigestSign(context, out, &written, message, length) == 1;
    EVP_MD_CTX_free(context);
    return done ? written : 0;
}

static inline int test_key_verify(TestKey *key, const uint8_t *message, size_t length, const uint8_t *der,
                                  size_t der_length) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int good = EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
               EVP_DigestVerify(context, der, der_length, message, length) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

// glibc's; declared here, since _GNU_SOURCE would make of its headers something else than the other modules see.
extern int pthread_getattr_np(pthread_t, pthread_attr_t *);

// Of the calling thread, in KiB; 0 where it cannot be told.
static inline size_t test_stack_size(void) {
    pthread_attr_t attributes;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
    pthread_attr_getstacksize(&attributes, &size);
    pthread_attr_destroy(&attributes);
    return size / 1024;
}
