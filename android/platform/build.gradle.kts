plugins {
    alias(libs.plugins.android.library)
}

android {
    namespace = "org.kodanik.platform"
    compileSdk = 36
    defaultConfig {
        minSdk = 29
        testInstrumentationRunner = "androidx.test.runner.AndroidJUnitRunner"
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

dependencies {
    api(project(":kit"))
    implementation(libs.zxing.core)
    // The contract of the traits, on a phone: gradle :platform:connectedDebugAndroidTest
    androidTestImplementation(testFixtures(project(":kit")))
    androidTestImplementation(libs.test.runner)
    androidTestImplementation("net.java.dev.jna:jna:${libs.versions.jna.get()}@aar")
}
