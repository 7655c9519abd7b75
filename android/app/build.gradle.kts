plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.compose)
}

fun setting(name: String): String = providers.gradleProperty("kodanik.$name").get()

android {
    namespace = "org.kodanik.app"
    compileSdk = 36
    ndkVersion = "28.2.13676358"
    defaultConfig {
        applicationId = "org.kodanik.wallet"
        minSdk = 29
        targetSdk = 36
        versionCode = 1
        versionName = "0.1.0"
        ndk { abiFilters += listOf("arm64-v8a", "x86_64") }
        buildConfigField("String", "GATEWAY", "\"${setting("gateway")}\"")
        buildConfigField("String", "LINK_HOST", "\"${setting("linkHost")}\"")
        manifestPlaceholders["linkHost"] = setting("linkHost")
    }
    buildFeatures {
        buildConfig = true
        compose = true
    }
    androidResources { generateLocaleConfig = true }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

/** The core for the phone: cargo-ndk, with pages of 16 KB. Cargo knows whether there is anything to do. */
abstract class Native : DefaultTask() {
    @get:Internal abstract val repository: DirectoryProperty
    @get:Internal abstract val ndk: DirectoryProperty
    @get:OutputDirectory abstract val out: DirectoryProperty
    @get:Inject abstract val processes: ExecOperations

    @TaskAction
    fun build() {
        processes.exec {
            workingDir = repository.get().asFile
            environment("ANDROID_NDK_HOME", ndk.get().asFile.path)
            environment("RUSTFLAGS", "-Clink-arg=-Wl,-z,max-page-size=16384")
            commandLine(
                "cargo", "ndk", "--target", "arm64-v8a", "--target", "x86_64", "--platform", "29",
                "--output-dir", out.get().asFile.path,
                // One crate type: with all of them there is no link-time optimisation (docs/size.md).
                "rustc", "--package", "kodanik-ffi", "--lib", "--crate-type", "cdylib", "--profile", "mobile",
            )
        }
    }
}

val native = tasks.register<Native>("native") {
    repository = rootProject.layout.projectDirectory.dir("..")
    ndk = androidComponents.sdkComponents.ndkDirectory
    outputs.upToDateWhen { false }
}

/** The anchors and `ledger.policy` of the gateway, as assets. */
abstract class Trust : DefaultTask() {
    @get:InputFiles abstract val files: ConfigurableFileCollection
    @get:OutputDirectory abstract val out: DirectoryProperty
    @get:Inject abstract val system: FileSystemOperations

    @TaskAction
    fun copy() {
        system.sync {
            from(files) { into("trust") }
            into(out)
        }
    }
}

val trust = tasks.register<Trust>("trust") {
    setting("trust").takeIf { it.isNotEmpty() }?.let { files.from(fileTree(rootProject.file(it)) { include("*.pem", "ledger.policy") }) }
}

androidComponents {
    onVariants { variant ->
        variant.sources.jniLibs?.addGeneratedSourceDirectory(native, Native::out)
        variant.sources.assets?.addGeneratedSourceDirectory(trust, Trust::out)
    }
    // A wallet that is handed out believes whom it was told to believe, not whoever answers first.
    beforeVariants(selector().withBuildType("release")) { it.enable = setting("trust").isNotEmpty() }
}

dependencies {
    implementation(project(":platform"))
    implementation(project(":ui"))
    implementation(platform(libs.compose.bom))
    implementation(libs.activity.compose)
    implementation(libs.compose.ui)
    debugImplementation(libs.compose.preview)
    debugImplementation(libs.compose.tooling)
    implementation("net.java.dev.jna:jna:${libs.versions.jna.get()}@aar")
}
