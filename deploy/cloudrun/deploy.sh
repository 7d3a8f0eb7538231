#!/usr/bin/env bash
# Deploys MovR to Cloud Run: one service for each region, and one HTTPS load balancer for all.
# What is there already is brought up to date, so it may be run again at any time: for a new version,
# after a secret has changed, or after it was interrupted. deploy/README.md has the whole story.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: deploy.sh --project ID --image NAME:TAG --domain HOST [--dry-run] [-- OPTION ...]

  --project ID       the Google Cloud project
  --image NAME:TAG   the image, in a registry that the project may read
  --domain HOST      the name that riders use; point it at the address printed at the end
  --dry-run          print every gcloud command, as for a first deployment, and run none
  -- OPTION ...      more options for each `gcloud run deploy`, such as --network=NAME

In Secret Manager there must be, for each region, movr-db-uri-REGION (REGION as in us-east1).
movr-secret-key is made if there is none. Used if they are there: movr-secret-key-fallbacks,
movr-api-key, movr-metrics-token, movr-ratelimit-storage-uri.
TEXT
}

readonly REGIONS=(us-east1 us-west1 europe-west1)
readonly OPTIONAL_SECRETS=(SECRET_KEY_FALLBACKS API_KEY METRICS_TOKEN RATELIMIT_STORAGE_URI MAIL_URI)
readonly NAME=movr
# Processes, and threads in each: together the requests that one container works on at once, each of
# them with at most one connection to the database.
readonly WORKERS=2
readonly THREADS=4
# Kept small enough for the database: MAX_CONTAINERS x WORKERS x THREADS connections in each region,
# where about 4 for each vCPU of the region's nodes are of use. At least one is kept warm.
readonly MIN_CONTAINERS=1
readonly MAX_CONTAINERS=6

project='' image='' domain='' dry_run=false
more=()
while [ $# -gt 0 ]; do
    case $1 in
        --project) project=${2:-} && shift ;;
        --image) image=${2:-} && shift ;;
        --domain) domain=${2:-} && shift ;;
        --dry-run) dry_run=true ;;
        --help) usage && exit ;;
        --) shift && more=("$@") && break ;;
        *) usage >&2 && exit 2 ;;
    esac
    shift || break
done
if [ -z "$project" ] || [ -z "$image" ] || [ -z "$domain" ]; then
    usage >&2
    exit 2
fi

# Prints a command in words that a shell would take.
show() {
    printf '%q ' gcloud --project="$project" --quiet "$@"
    echo
}

run() {
    if $dry_run; then
        show "$@"
    else
        gcloud --project="$project" --quiet "$@"
    fi
}

# Whether a thing is there: exists compute addresses describe NAME --global. In a dry run nothing is.
exists() {
    if $dry_run; then
        show "$@"
        return 1
    fi
    gcloud --project="$project" --quiet "$@" >/dev/null 2>&1
}

# The number of the newest version, so that all containers of a revision have the same secret:
# "latest" would be looked up again by each container that starts.
newest_version() {
    if $dry_run; then
        echo latest
    else
        local version
        version=$(gcloud --project="$project" --quiet secrets versions describe latest \
            --secret="$1" --format='value(name)')
        echo "${version##*/}"
    fi
}

secret_name() {
    local name=${1,,}
    echo "$NAME-${name//_/-}"
}

# Lets the containers read a secret, and adds it to what they are given.
give_secret() {
    local variable=$1 secret=$2
    run secrets add-iam-policy-binding "$secret" --member="serviceAccount:$account" \
        --role=roles/secretmanager.secretAccessor --condition=None --format=none
    if $dry_run; then
        show secrets versions describe latest --secret="$secret" --format='value(name)'
    fi
    secrets+="${secrets:+,}$variable=$secret:$(newest_version "$secret")"
}

heading() {
    echo
    echo "# $1"
}

heading 'What the project needs'
run services enable run.googleapis.com compute.googleapis.com secretmanager.googleapis.com \
    iam.googleapis.com
# An account of its own, which may read these secrets and nothing else in the project.
account="$NAME-run@$project.iam.gserviceaccount.com"
exists iam service-accounts describe "$account" ||
    run iam service-accounts create "$NAME-run" --display-name='MovR on Cloud Run'

heading 'Secrets'
for region in "${REGIONS[@]}"; do
    if ! exists secrets describe "$NAME-db-uri-$region" && ! $dry_run; then
        echo "There is no secret $NAME-db-uri-$region. Make it from the database's address:" >&2
        echo "  gcloud --project=$project secrets create $NAME-db-uri-$region --data-file=-" >&2
        exit 1
    fi
done
if ! exists secrets describe "$NAME-secret-key"; then
    # From one program to the other, never in a variable or on a command line.
    if $dry_run; then
        printf 'openssl rand -base64 48 | tr -d "\\n" | '
        show secrets create "$NAME-secret-key" --replication-policy=automatic --data-file=-
    else
        openssl rand -base64 48 | tr -d '\n' |
            run secrets create "$NAME-secret-key" --replication-policy=automatic --data-file=-
    fi
fi
secrets=''
give_secret SECRET_KEY "$NAME-secret-key"
for variable in "${OPTIONAL_SECRETS[@]}"; do
    if exists secrets describe "$(secret_name "$variable")" || $dry_run; then
        give_secret "$variable" "$(secret_name "$variable")"
    fi
done
common_secrets=$secrets

for region in "${REGIONS[@]}"; do
    heading "The service in $region"
    secrets=$common_secrets
    give_secret DB_URI "$NAME-db-uri-$region"
    settings="REGION=gcp-$region,TRUSTED_HOSTS=$domain"
    # The client and Google's balancer, in this order, at the end of X-Forwarded-For.
    settings+=",BALANCER=google-cloud,TRUSTED_PROXIES=2"
    # For mails, if there is a MAIL_URI.
    settings+=",SITE_URL=https://$domain,MAIL_FROM=movr@$domain"
    settings+=",WEB_CONCURRENCY=$WORKERS,WEB_THREADS=$THREADS,DB_POOL_SIZE=$THREADS"
    # Cloud Run kills a container 10 s after it has told it to end.
    settings+=",GRACEFUL_TIMEOUT=8"
    # A container that cannot reach the database never gets a request; one that has lost it later is
    # not started anew, since that brings no database back.
    run run deploy "$NAME" --region="$region" --image="$image" --service-account="$account" \
        --ingress=internal-and-cloud-load-balancing --allow-unauthenticated \
        --port=8000 --cpu=1 --memory=512Mi --cpu-boost --execution-environment=gen2 \
        --concurrency=$((WORKERS * THREADS)) --timeout=30 \
        --min-instances=$MIN_CONTAINERS --max-instances=$MAX_CONTAINERS \
        --set-env-vars="$settings" --set-secrets="$secrets" \
        --startup-probe=httpGet.path=/readyz,periodSeconds=5,timeoutSeconds=5,failureThreshold=24 \
        --liveness-probe=httpGet.path=/healthz,periodSeconds=10,timeoutSeconds=5,failureThreshold=6 \
        ${more[@]+"${more[@]}"}
    exists compute network-endpoint-groups describe "$NAME-$region" --region="$region" ||
        run compute network-endpoint-groups create "$NAME-$region" --region="$region" \
            --network-endpoint-type=serverless --cloud-run-service="$NAME"
done

heading 'The load balancer: from the services to the address'
exists compute backend-services describe "$NAME" --global ||
    run compute backend-services create "$NAME" --global --load-balancing-scheme=EXTERNAL_MANAGED
# The balancer writes these headers itself, whatever a client has sent under the same names.
run compute backend-services update "$NAME" --global --enable-logging \
    --custom-request-header='X-City:{client_city}' \
    --custom-request-header='X-City-Lat-Long:{client_city_lat_long}'
for region in "${REGIONS[@]}"; do
    group="regions/$region/networkEndpointGroups/$NAME-$region"
    if $dry_run; then
        show compute backend-services describe "$NAME" --global --format='value(backends[].group)'
    elif gcloud --project="$project" --quiet compute backend-services describe "$NAME" --global \
        --format='value(backends[].group)' | grep -q "$group"; then
        continue
    fi
    run compute backend-services add-backend "$NAME" --global \
        --network-endpoint-group="$NAME-$region" --network-endpoint-group-region="$region"
done
exists compute url-maps describe "$NAME" --global ||
    run compute url-maps create "$NAME" --global --default-service="$NAME"
# A certificate is for the names that it was made for, so a new name gets another one.
certificate="$NAME-${domain//./-}"
exists compute ssl-certificates describe "$certificate" --global ||
    run compute ssl-certificates create "$certificate" --global --domains="$domain"
exists compute ssl-policies describe "$NAME" --global ||
    run compute ssl-policies create "$NAME" --global --profile=MODERN --min-tls-version=1.2
exists compute target-https-proxies describe "$NAME" --global ||
    run compute target-https-proxies create "$NAME" --global --url-map="$NAME" \
        --ssl-certificates="$certificate" --ssl-policy="$NAME"
run compute target-https-proxies update "$NAME" --global \
    --ssl-certificates="$certificate" --ssl-policy="$NAME"
exists compute addresses describe "$NAME" --global ||
    run compute addresses create "$NAME" --global --ip-version=IPV4
exists compute forwarding-rules describe "$NAME" --global ||
    run compute forwarding-rules create "$NAME" --global \
        --load-balancing-scheme=EXTERNAL_MANAGED --network-tier=PREMIUM --address="$NAME" \
        --target-https-proxy="$NAME" --ports=443

heading 'From HTTP to HTTPS'
here=$(dirname "${BASH_SOURCE[0]}")
run compute url-maps import "$NAME-to-https" --global --source="$here/to-https.yaml"
exists compute target-http-proxies describe "$NAME-to-https" --global ||
    run compute target-http-proxies create "$NAME-to-https" --global --url-map="$NAME-to-https"
exists compute forwarding-rules describe "$NAME-to-https" --global ||
    run compute forwarding-rules create "$NAME-to-https" --global \
        --load-balancing-scheme=EXTERNAL_MANAGED --network-tier=PREMIUM --address="$NAME" \
        --target-http-proxy="$NAME-to-https" --ports=80

heading "$domain must have an A record with this address; the certificate follows within the hour"
run compute addresses describe "$NAME" --global --format='value(address)'
