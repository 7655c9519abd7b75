package org.kodanik.kit

import java.math.BigInteger
import java.security.interfaces.ECPublicKey

/** A P-256 public key as it crosses the bridge: SEC 1, uncompressed, 65 bytes (04, x, y). */
fun ECPublicKey.toSec1(): ByteArray = byteArrayOf(4) + fixed(w.affineX) + fixed(w.affineY)

/** 32 bytes, big-endian: [BigInteger] drops leading zeros, and puts one before a high bit. */
private fun fixed(coordinate: BigInteger): ByteArray {
    val bytes = coordinate.toByteArray().takeLast(COORDINATE)
    return ByteArray(COORDINATE - bytes.size) + bytes
}

private const val COORDINATE = 32
