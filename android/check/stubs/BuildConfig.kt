package org.kodanik.app

internal object BuildConfig {
    const val DEBUG = true
    const val GATEWAY = ""
    const val LINK_HOST = ""
}
